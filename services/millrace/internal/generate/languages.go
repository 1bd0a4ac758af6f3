package generate

// language is how posts of one language are made.
type language struct {
	code    string
	share   int    // of posts, in thousandths
	spaced  bool   // words stand apart
	words   string // the most frequent ones, by frequency
	onsets  string // what rarer words are built of, see vocabulary
	middles string
	codas   string // "_" is none
	stop    string // ends a sentence
	comma   string
}

// languages returns what posts are written in, by frequency. Shares add up to
// 1,000.
func languages() []language {
	return []language{
		{
			code: "en", share: 360, spaced: true, stop: ".", comma: ",",
			words: "the to a I you is and in of my for on it me that this so be just with have was at are not like " +
				"love when all your we get don't one if up what can out day know good do but time now new people " +
				"today how about go she they want from her no see will back think got by really never need as or " +
				"life music happy night make an game he his who world great best work going why being more still " +
				"always election coffee vote win team show first news watch video live thank please train weather " +
				"morning school friends rain home girl phone photo week year family god hope debate trump hillary " +
				"clinton obama president football baseball season goal score movie album song tour ticket birthday " +
				"pizza beer lunch dinner dog cat sleep tired bored funny sad crazy amazing beautiful perfect free " +
				"open data streaming golang kafka query battery update delay airport flight hotel beach market " +
				"stock price brand review customer service broken refund order delivery late early help",
			onsets:  "b c d f g h l m n p r s t v w br cr st tr sh ch pl gr",
			middles: "a e i o u ea oo ai ou",
			codas:   "_ n r s t l m nd ck ll ng st er y ing",
		},
		{
			code: "ja", share: 190, stop: "。", comma: "、",
			words: "の に は て を が た と で も し な です ます から まで 今日 明日 昨日 人 時間 仕事 学校 電車 天気 雨 雪 朝 夜 " +
				"好き 楽しい 嬉しい 悲しい 眠い お腹 ご飯 ラーメン コーヒー 音楽 映画 写真 動画 ゲーム アニメ 漫画 ライブ 東京 大阪 " +
				"京都 日本 世界 友達 家族 猫 犬 ありがとう おはよう おやすみ お疲れ様 笑 本当 可愛い 綺麗 美味しい 最高 頑張る 選挙 " +
				"大統領 野球 サッカー 誕生日 おめでとう フォロー 募集 拡散希望 当選 発売 新作 情報 更新 地震 遅延 注意",
			onsets:  "あ か さ た な は ま や ら わ き し ち に ひ み り く す つ ぬ ふ む る こ そ と の ほ も よ ろ",
			middles: "い う え お か く け し す せ た つ て な に ま み め ら り る れ",
			codas:   "_ ん い う っと した する ない",
		},
		{
			code: "es", share: 110, spaced: true, stop: ".", comma: ",",
			words: "de que la el no a y en un me es lo te se por con mi para una los si como ya las más pero del todo " +
				"su al yo cuando hay qué día hoy vida bien amor gracias mañana noche casa gente mejor nunca " +
				"siempre música fútbol gol partido elecciones presidente café lluvia trabajo amigos feliz cumpleaños",
			onsets:  "b c d f g l m n p r s t v pr tr gr ll ch",
			middles: "a e i o u ia ie ue",
			codas:   "_ n s r l do ción mente dad",
		},
		{
			code: "ar", share: 70, spaced: true, stop: ".", comma: "،",
			words: "من في على الله ما لا و يا كل أن إلى هذا عن مع أنا اللهم الحب اليوم صباح الخير مساء الناس قلبي حياة " +
				"شكرا جدا العالم كرة الهلال النصر السعودية مصر رئيس أخبار عاجل قهوة مطر",
			onsets:  "ب ت ج ح د ر س ش ع ف ق ك ل م ن ه",
			middles: "ا و ي ال",
			codas:   "_ ة ن ت ين ات",
		},
		{
			code: "pt", share: 65, spaced: true, stop: ".", comma: ",",
			words: "de que e o a eu não do da em um para é com me uma os no se na por mais as mas meu você minha tudo bem " +
				"dia hoje vida amor gente saudade noite casa nunca sempre muito música jogo gol eleição presidente café " +
				"chuva trabalho amigos feliz aniversário obrigado",
			onsets:  "b c d f g l m n p r s t v pr tr br nh lh",
			middles: "a e i o u ão ei ou",
			codas:   "_ m s r l do ção dade",
		},
		{
			code: "ko", share: 45, spaced: true, stop: ".", comma: ",",
			words: "오늘 내일 진짜 너무 나 우리 그리고 하지만 사람 시간 사랑 사랑해 생일 축하해 감사합니다 안녕 노래 음악 영화 사진 " +
				"방탄소년단 콘서트 팬 학교 친구 가족 커피 비 날씨 서울 한국 대통령 선거 축구 야구 밥 고양이",
			onsets:  "가 나 다 라 마 바 사 아 자 차 카 타 파 하 고 노 도 로 모 보",
			middles: "기 니 리 미 시 이 지 구 누 두 루 무 수 우 주",
			codas:   "_ 는 를 에 도 다 요 고",
		},
		{
			code: "fr", share: 35, spaced: true, stop: ".", comma: ",",
			words: "de la le je et à est pas les en un que tu des une il pour on me dans qui ça mais c'est plus au ce du " +
				"moi avec tout quand j'ai vie jour aujourd'hui soir matin merci amour bien jamais toujours musique match " +
				"but élection président café pluie travail amis joyeux anniversaire",
			onsets:  "b c d f g l m n p r s t v ch pr tr",
			middles: "a e i o u ai eau ou oi é",
			codas:   "_ n r s t l re tion ment eux",
		},
		{
			code: "th", share: 30, stop: " ", comma: " ",
			words: "ที่ ไม่ เป็น มา ไป ได้ และ ของ วันนี้ พรุ่งนี้ รัก คน เวลา งาน ชีวิต เพลง หนัง ฝน กาแฟ กิน ข้าว แมว เพื่อน " +
				"ขอบคุณ สวัสดี น่ารัก เลือกตั้ง",
			onsets:  "ก ข ค ง จ ช ด ต น บ ป พ ม ร ล ว ส ห อ",
			middles: "า ี ู ะ ิ ุ",
			codas:   "_ น ง ม ก",
		},
		{
			code: "tr", share: 30, spaced: true, stop: ".", comma: ",",
			words: "bir ve bu ne da de ben çok için mi var o sen ama gibi daha en kadar değil yok ya her şey bugün yarın gün " +
				"hayat aşk güzel iyi insan gece sabah müzik maç gol seçim başkan kahve yağmur iş arkadaş doğum günü",
			onsets:  "b c ç d g h k l m n s ş t v y",
			middles: "a e ı i o ö u ü",
			codas:   "_ n r l m lar ler dım yor",
		},
		{
			code: "id", share: 25, spaced: true, stop: ".", comma: ",",
			words: "yang di aku ini kamu dan itu ada mau bisa udah yg ga gak jadi sama buat lagi kalo apa hari malam pagi cinta " +
				"terima kasih selamat ulang tahun teman hidup lagu musik film hujan kopi kerja pemilu presiden gol",
			onsets:  "b d g j k l m n p r s t w ng ny",
			middles: "a e i o u",
			codas:   "_ n ng r k t an kan nya",
		},
		{
			code: "ru", share: 20, spaced: true, stop: ".", comma: ",",
			words: "и в не на я что с а как это все то он так но меня мне за у из день сегодня завтра жизнь люди любовь время " +
				"утро ночь спасибо музыка игра гол выборы президент кофе дождь работа друзья новости кошка",
			onsets:  "б в г д ж з к л м н п р с т ф х ст пр",
			middles: "а е и о у я ю ы",
			codas:   "_ н р л т м ть ся ный",
		},
		{
			code: "de", share: 12, spaced: true, stop: ".", comma: ",",
			words: "die der und ich in das ist nicht es zu den mit ein auf für sich du auch von so im wir was heute morgen Tag " +
				"Leben Liebe Danke Nacht Zeit Arbeit Freunde Musik Spiel Tor Wahl Präsident Kaffee Regen Zug Verspätung",
			onsets:  "b d f g h k l m n r s t w sch st pf",
			middles: "a e i o u ei au ie ü ö",
			codas:   "_ n r s t l en er ung lich",
		},
		{
			code: "zh", share: 8, stop: "。", comma: "，",
			words: "的 我 你 是 了 不 在 他 我们 好 有 这个 就 人 都 一个 上 也 很 到 说 要 去 会 今天 明天 时间 生活 爱 音乐 电影 " +
				"选举 总统 咖啡 下雨 工作 朋友 生日快乐 谢谢 世界 中国 新闻 猫",
			onsets:  "大 小 中 天 地 水 火 山 风 花 春 秋 东 西 南 北 新 老 高 长",
			middles: "学 生 人 家 国 心 手 口 日 月 年 时 文 电 车 门",
			codas:   "_ 了 的 子 们",
		},
	}
}
