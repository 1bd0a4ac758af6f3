package generate

// place is where a post was written, as JSON.
type place struct{ full, lean string }

func places() []place {
	var all []place
	for _, p := range [][4]string{
		{"US", "United States", "Manhattan", "Manhattan, NY"},
		{"US", "United States", "Chicago", "Chicago, IL"},
		{"JP", "日本", "新宿区", "東京 新宿区"},
		{"BR", "Brasil", "Rio de Janeiro", "Rio de Janeiro, Brazil"},
		{"GB", "United Kingdom", "London", "London, England"},
		{"TR", "Türkiye", "Kadıköy", "Kadıköy, İstanbul"},
		{"ES", "España", "Madrid", "Madrid, Spain"},
		{"SA", "المملكة العربية السعودية", "الرياض", "Riyadh, Kingdom of Saudi Arabia"},
		{"ID", "Indonesia", "Menteng", "Menteng, Indonesia"},
		{"FR", "France", "Paris", "Paris, France"},
		{"DE", "Deutschland", "Berlin", "Berlin, Germany"},
		{"KR", "대한민국", "강남구", "서울 강남구"},
	} {
		lean := `{"country_code":"` + p[0] + `","full_name":"` + p[3] + `"`
		all = append(all, place{
			lean: lean + `}`,
			full: lean + `,"country":"` + p[1] + `","name":"` + p[2] + `","place_type":"city","attributes":{},` +
				`"bounding_box":{"type":"Polygon","coordinates":[[[-1.5,40.25],[-1.5,40.75],[-0.5,40.75],[-0.5,40.25]]]}}`,
		})
	}
	return all
}

func (w *writer) place(i int) {
	switch {
	case i < 0:
		w.raw(`null`)
	case w.g.opts.Lean:
		w.raw(w.g.places[i].lean)
	default:
		w.raw(w.g.places[i].full)
	}
}

// clients returns what posts are written with, as JSON.
func clients() []string {
	names := [][2]string{
		{"http://twitter.com/download/iphone", "Twitter for iPhone"},
		{"http://twitter.com/download/iphone", "Twitter for iPhone"},
		{"http://twitter.com/download/iphone", "Twitter for iPhone"},
		{"http://twitter.com/download/android", "Twitter for Android"},
		{"http://twitter.com/download/android", "Twitter for Android"},
		{"http://twitter.com", "Twitter Web Client"},
		{"https://about.twitter.com/products/tweetdeck", "TweetDeck"},
		{"http://ifttt.com", "IFTTT"},
	}
	var all []string
	for _, n := range names {
		all = append(all, `"<a href=\"`+n[0]+`\" rel=\"nofollow\">`+n[1]+`</a>"`)
	}
	return all
}
