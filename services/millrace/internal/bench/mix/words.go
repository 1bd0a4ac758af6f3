package mix

import "strings"

// vocabularySize is how many words the mixes draw from by Zipf's law.
const vocabularySize = 20_000

// vocabulary is what people look for, the most wanted first: the words of
// [realWords], then made-up ones, which are as long as words are and distinct.
type vocabulary struct {
	real  []string
	zipf  zipf
	tags  zipf
	langs zipf
}

func newVocabulary() *vocabulary {
	return &vocabulary{
		real:  strings.Fields(realWords),
		zipf:  newZipf(vocabularySize),
		tags:  newZipf(5000),
		langs: newZipf(len(strings.Fields(languages))),
	}
}

// word returns the word of a rank, of any rank: there is no last one.
func (v *vocabulary) word(rank int) string {
	if rank < len(v.real) {
		return v.real[rank]
	}
	return madeUp(rank - len(v.real))
}

// draw draws a word.
func (v *vocabulary) draw(s *source) string { return v.word(v.zipf.draw(s)) }

// tag draws a hashtag: a word, with a capital or not, or two words.
func (v *vocabulary) tag(s *source) string {
	rank := v.tags.draw(s)
	fixed := strings.Fields(realTags)
	if rank < len(fixed) {
		return fixed[rank]
	}
	a, b := v.word(rank*7%len(v.real)), v.word(rank*13%2000)
	if rank%3 == 0 {
		return title(a)
	}
	return title(a) + title(b)
}

// lang draws a language.
func (v *vocabulary) lang(s *source) string { return strings.Fields(languages)[v.langs.draw(s)] }

// title gives a word a capital in front.
func title(w string) string {
	if w != "" && w[0] >= 'a' && w[0] <= 'z' {
		return string(w[0]-'a'+'A') + w[1:]
	}
	return w
}

// madeUp returns word i of those that nobody uses: a syllable and a half for the
// first ones, two for the others. Words of different numbers differ, because the
// syllables are the digits of a number that is i times a prime, modulo how many
// there are.
func madeUp(i int) string {
	onsets := strings.Fields("b c d f g h l m n p r s t v w br cr st tr sh ch pl gr k")
	middles := strings.Fields("a e i o u ea oo ai ou ie")
	codas := strings.Fields("n r s t l m nd ck ll ng st mp")
	syllables := len(onsets) * len(middles) * len(codas)
	syllable := func(n int) string {
		return onsets[n%len(onsets)] + middles[n/len(onsets)%len(middles)] + codas[n/len(onsets)/len(middles)]
	}
	const prime = 1_000_003
	if short := syllables * len(middles); i < short/10 {
		x := i * prime % short
		return syllable(x%syllables) + middles[x/syllables]
	}
	x := i * prime % (syllables * syllables)
	return syllable(x%syllables) + syllable(x/syllables)
}

// languages are those that queries ask for, the most wanted first.
const languages = "en ja es ar pt ko fr tr th in ru de it und nl tl"

// realTags are the most wanted hashtags.
const realTags = "news MTVStars Election2016 love Trump BTS NowPlaying MAGA debate WorldSeries golang Brexit music " +
	"job 拡散希望 AI nature travel football AMAs DWTS photo art food fashion 방탄소년단 선거 climate startup health " +
	"coffee TBT anime 地震 cats dogs weather traffic SQL BigData kafka gameinsight style beautiful soccer 選挙 nfl nba"

// realWords are what people look for most: names, things and feelings that posts
// are about, in the languages that most posts are in.
const realWords = `
election vote president debate hillary clinton obama senate campaign coffee pizza football baseball season goal playoff
movie album song concert ticket birthday music video game stream weather storm rain snow traffic flight airport hotel
beach holiday vacation train bus delay subway market stock price sale discount coupon brand review customer service
broken refund order delivery late support outage update release beta launch startup funding data streaming golang kafka
python query database cloud server security breach password hacker privacy bitcoin crypto bank loan mortgage rent
salary job hiring interview career school college exam homework teacher student science space nasa rocket mars climate
energy solar electric battery tesla apple iphone android samsung google facebook instagram twitter youtube netflix
spotify amazon walmart starbucks mcdonald nike adidas puma gucci prada zara cat dog puppy kitten horse bird fish tiger
love hate angry tired bored sleepy hungry excited nervous proud lonely jealous grateful blessed crazy funny hilarious
beautiful gorgeous ugly perfect amazing awesome terrible awful boring weird strange scary horror ghost zombie halloween
christmas thanksgiving easter wedding baby mother father sister brother family friend girlfriend boyfriend husband wife
doctor nurse hospital medicine vaccine flu cancer diabetes diet vegan protein workout gym yoga running marathon cycling
swimming tennis golf hockey cricket rugby soccer basketball boxing wrestling olympics medal champion trophy final match
score win lose draw referee penalty transfer united madrid barcelona chelsea arsenal liverpool juventus bayern lakers
warriors cavs cubs yankees patriots cowboys packers steelers raiders nfl nba mlb nhl ufc fifa espn cnn fox bbc reuters
guardian times post journal breaking news report leak scandal email investigation court judge trial lawyer police crime
murder shooting gun protest riot rally march strike union worker wage tax budget economy inflation recession trade deal
border wall immigration refugee war peace army navy missile nuclear iran russia china japan korea india pakistan syria
iraq israel turkey germany france italy spain brazil mexico canada australia london paris berlin tokyo milan rome york
chicago texas florida california boston miami seattle vegas dallas houston denver portland toronto sydney dubai moscow
earthquake hurricane flood fire tornado tsunami volcano rescue donate charity volunteer church prayer god jesus bible
hope faith dream memory tears smile laugh dance sing guitar piano drum rock jazz rap hiphop pop country metal punk remix
beyonce rihanna drake kanye adele bieber swift gaga eminem jayz coldplay metallica nirvana beatles elvis bowie prince
marvel batman superman spiderman avengers thrones westworld simpsons pokemon zelda mario minecraft fortnite playstation
xbox nintendo anime manga cosplay comic novel poem author book library museum gallery painting design fashion makeup
lipstick hair nails tattoo dress shoes jeans jacket watch jewelry diamond gold silver burger fries taco sushi ramen
noodle chicken steak bacon cheese chocolate cookie cake donut icecream wine beer whiskey vodka cocktail breakfast lunch
dinner restaurant kitchen recipe garden flower tree forest river lake ocean island mountain camping hiking fishing
hunting camera photo selfie picture filter trending viral giveaway contest winner prize lottery casino poker chess
今日 天気 地震 電車 遅延 選挙 ラーメン コーヒー 東京 大阪 京都 映画 音楽 ゲーム アニメ 猫 犬 誕生日 おめでとう 募集 当選 発売
新作 情報 写真 動画 野球 サッカー 大統領 ライブ 可愛い 美味しい 眠い 楽しい フォロー 仕事 学校 友達
elecciones presidente fútbol partido gol música lluvia trabajo cumpleaños feliz amigos gente noche mañana gracias corazón
guerra paz dinero escuela película canción libro perro gato playa verano invierno eleição futebol jogo chuva aniversário
saudade obrigado trabalho dinheiro السعودية الهلال النصر مصر رئيس أخبار عاجل قهوة مطر كرة الحب الحياة سلام صباح
방탄소년단 선거 커피 음악 영화 사랑 행복 오늘 날씨 seçim cumhurbaşkanı futbol müzik yağmur aşk mutlu günaydın élections
président pluie musique amour bonheur travail école wahl kanzler fußball musik regen liebe arbeit schule wetter`
