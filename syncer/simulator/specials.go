package simulator

// specials are the first users of every tenant: accounts that each directory
// has, and values that programs get wrong. "licensed" is no property of Graph:
// it gives the user a licence.
var specials = []map[string]any{
	{
		"displayName": "MOD Administrator", "givenName": "MOD", "surname": "Administrator", "mailNickname": "admin",
		"mail": "admin", "jobTitle": nil, "department": "IT", "mobilePhone": "425-555-0101", "licensed": true,
		"passwordPolicies": "DisablePasswordExpiration", "perUserMfaState": "enforced",
	},
	{"displayName": "Break glass 1", "givenName": nil, "surname": nil, "mailNickname": "breakglass1", "jobTitle": nil, "department": nil,
		"passwordPolicies": "DisablePasswordExpiration, DisableStrongPassword", "preferredLanguage": nil, signInActivity: nil},
	{"displayName": "Break glass 2", "givenName": nil, "surname": nil, "mailNickname": "breakglass2", "jobTitle": nil, "department": nil,
		"passwordPolicies": "DisablePasswordExpiration", "preferredLanguage": nil, signInActivity: nil},
	{"displayName": "On-Premises Directory Synchronization Service Account", "givenName": nil, "surname": nil,
		"mailNickname": "Sync_DC01_5b1c8f0a2d3e", "jobTitle": nil, "department": nil, "preferredLanguage": nil,
		"passwordPolicies": "DisablePasswordExpiration"},
	// Names that break quoting, CSV cells, sorting and layouts.
	{"displayName": "Siobhán O'Brien-D'Angelo", "givenName": "Siobhán", "surname": "O'Brien-D'Angelo", "mailNickname": "siobhan.o'brien",
		"mail": "siobhan", "department": "Legal", "jobTitle": "Counsel, \"Mergers & Acquisitions\" <EMEA>", "licensed": true},
	{"displayName": "=HYPERLINK(\"https://contoso.com\",\"Click\")", "givenName": "=1+1", "surname": "@SUM(A1)", "mailNickname": "formula.user",
		"mail": "formula", "department": "Sales", "jobTitle": "+Account Manager"},
	{"displayName": "山田 太郎", "givenName": "太郎", "surname": "山田", "mailNickname": "taro.yamada", "mail": "taro",
		"department": "営業部", "jobTitle": "部長", "country": "日本", "usageLocation": "JP", "preferredLanguage": "ja-JP", "licensed": true},
	{"displayName": "Анастасия Кузнецова", "givenName": "Анастасия", "surname": "Кузнецова", "mailNickname": "anastasia.kuznetsova",
		"mail": "anastasia", "department": "Engineering", "jobTitle": "Software Engineer", "licensed": true},
	{"displayName": "محمد عبد الله", "givenName": "محمد", "surname": "عبد الله", "mailNickname": "mohammed.abdullah", "mail": "mohammed",
		"department": "Finance", "jobTitle": "محاسب", "preferredLanguage": "ar-SA"},
	{"displayName": "Zoë 🚀 Đặng-Þórsdóttir", "givenName": "Zoë 🚀", "surname": "Đặng-Þórsdóttir", "mailNickname": "zoe.dang", "mail": "zoe",
		"department": "Marketing", "jobTitle": nil},
	{"displayName": "  Padded  Name ", "givenName": "Padded", "surname": nil, "mailNickname": "padded.name", "department": "",
		"jobTitle": "Line one\r\nline two\ttab", "createdDateTime": nil, "accountEnabled": false},
	{"displayName": "Wolfeschlegelsteinhausenbergerdorff, Hubert Blaine von und zu der Hohen Marsch und Umgebung auf der Linken Seite des Unteren Flusses",
		"givenName": "Hubert Blaine", "surname": "Wolfeschlegelsteinhausenbergerdorff", "mailNickname": "hubert.w", "mail": "hubert",
		"department": "Research & Development", "jobTitle": "Principal Scientist", "userType": nil, "createdDateTime": "2018-03-05T09:12:44Z"},
	{"displayName": "<script>alert(1)</script>", "givenName": nil, "surname": nil, "mailNickname": "markup", "userType": "Guest",
		"jobTitle": nil, "department": nil, "externalUserState": "PendingAcceptance"},
}
