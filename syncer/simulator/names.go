package simulator

// locale is a country with names that are at home there. Names are written as
// people write them; letters tells how to write them in an address.
type locale struct {
	country, code, language, city string
	phone                         string
	first, last                   []string
}

// locales hold 24 first and 24 last names each. No pair of names is in two of
// them, spelled in plain letters, so that addresses stay unique.
var locales = []locale{
	{"Germany", "DE", "de-DE", "Munich", "+49 89 5550", []string{"Anna", "Lukas", "Jürgen", "Katharina", "Matthias", "Sabine", "Florian", "Ingrid", "Stefan", "Greta", "Tobias", "Heike", "Moritz", "Ute", "Bastian", "Frieda", "Uwe", "Monika", "Jannik", "Silke", "Dieter", "Lotte", "Henrik", "Birgit"},
		[]string{"Müller", "Schmidt", "Weiß", "Fischer", "Köhler", "Wagner", "Becker", "Schäfer", "Hoffmann", "Krüger", "Vogel", "Zimmermann", "Brandt", "Lorenz", "Seidel", "Pohl", "Engel", "Horn", "Busch", "Kühn", "Winkler", "Arnold", "Graf", "Dietrich"}},
	{"United Kingdom", "GB", "en-GB", "London", "+44 20 5550", []string{"Oliver", "Emily", "Harry", "Charlotte", "George", "Isla", "Rupert", "Poppy", "Alistair", "Imogen", "Callum", "Freya", "Nigel", "Beatrice", "Rhys", "Gemma", "Hamish", "Philippa", "Declan", "Niamh", "Gareth", "Tamsin", "Euan", "Rosalind"},
		[]string{"Smith", "Jones", "O'Connor", "Taylor", "Brown", "Davies", "Wilson", "Evans", "Thomas", "Roberts", "Walker", "Wright", "Hughes", "Edwards", "Green", "Turner", "Cooper", "Ward", "MacDonald", "Fitzgerald", "Pritchard", "Blackwood", "Ashworth", "St. John"}},
	{"United States", "US", "en-US", "Seattle", "+1 206-555-0", []string{"Adele", "Alex", "Megan", "Diego", "Lidia", "Patti", "Lynne", "Isaiah", "Miriam", "Nestor", "Pradeep", "Grady", "Henrietta", "Johanna", "Raul", "Enrico", "Debra", "Allan", "Brian", "Cameron", "Delia", "Gerhart", "Irvin", "Joni"},
		[]string{"Vance", "Wilber", "Bowen", "Siciliani", "Holloway", "Fernandez", "Robbins", "Langer", "Graham", "Wilke", "Gupta", "Archie", "Mueller-Hayes", "Lorenz-Reed", "Razo", "Cattaneo", "Berger-Lee", "Deyoung", "Johnson", "White", "Dennis", "Moller", "Sayers", "Sherman"}},
	{"France", "FR", "fr-FR", "Paris", "+33 1 55 50 0", []string{"Élodie", "Julien", "Camille", "François", "Chloé", "Benoît", "Aurélie", "Thierry", "Margaux", "Hélène", "Gaspard", "Océane", "Didier", "Solène", "Yannick", "Clémence", "Étienne", "Maëlle", "Rémi", "Inès", "Loïc", "Agathe", "Cédric", "Noémie"},
		[]string{"Dubois", "Lefèvre", "Moreau", "Girard", "Bonnet", "Dupont", "Fontaine", "Rousseau", "Mercier", "Chevalier", "Lambert", "Gauthier", "Perrin", "Le Goff", "d'Aubigné", "Marchand", "Renard", "Caron", "Leclerc", "Besson", "Vidal", "Picard", "Aubert", "Lacroix"}},
	{"Spain", "ES", "es-ES", "Madrid", "+34 91 555 0", []string{"Lucía", "Javier", "María José", "Álvaro", "Carmen", "Iñigo", "Paula", "Sergio", "Marta", "Rubén", "Elena", "Pablo", "Nuria", "Andrés", "Rocío", "Íñaki", "Pilar", "Gonzalo", "Laia", "Jordi", "Aitana", "Ramón", "Begoña", "Óscar"},
		[]string{"García", "Martínez", "López Núñez", "Sánchez", "Pérez", "Gómez", "Ruiz", "Hernández", "Díaz", "Moreno", "Muñoz", "Álvarez", "Romero", "Navarro", "Torres", "Domínguez", "Vázquez", "Ramos", "Gil", "Serrano", "Molina", "Castro", "Ortega", "Ibáñez"}},
	{"Poland", "PL", "pl-PL", "Kraków", "+48 12 555 0", []string{"Zofia", "Jakub", "Małgorzata", "Paweł", "Agnieszka", "Łukasz", "Katarzyna", "Wojciech", "Joanna", "Grzegorz", "Ewa", "Michał", "Barbara", "Krzysztof", "Magdalena", "Stanisław", "Dorota", "Andrzej", "Beata", "Zbigniew", "Iwona", "Radosław", "Bożena", "Mateusz"},
		[]string{"Kowalski", "Nowak", "Wiśniewska", "Wójcik", "Kamińska", "Lewandowski", "Zieliński", "Szymańska", "Woźniak", "Dąbrowski", "Kozłowska", "Jankowski", "Mazur", "Krawczyk", "Piotrowska", "Grabowski", "Pawłowska", "Michalski", "Król", "Wieczorek", "Jabłońska", "Wróbel", "Majewski", "Stępień"}},
	{"India", "IN", "en-IN", "Hyderabad", "+91 40 5550 0", []string{"Aarav", "Priya", "Rohan", "Ananya", "Vikram", "Deepika", "Arjun", "Kavya", "Siddharth", "Meera", "Rajesh", "Lakshmi", "Nikhil", "Shreya", "Amit", "Pooja", "Karthik", "Divya", "Suresh", "Neha", "Manoj", "Sunita", "Rahul", "Aishwarya"},
		[]string{"Sharma", "Patel", "Reddy", "Iyer", "Nair", "Chatterjee", "Singh", "Rao", "Desai", "Mehta", "Kulkarni", "Banerjee", "Joshi", "Pillai", "Verma", "Kapoor", "Bhat", "Menon", "Agarwal", "Chowdhury", "Mishra", "Naidu", "Saxena", "Thakur"}},
	{"Japan", "JP", "ja-JP", "Tokyo", "+81 3 5550 0", []string{"Haruto", "Yui", "Sota", "Aoi", "Kenji", "Sakura", "Hiroshi", "Akiko", "Takumi", "Misaki", "Daiki", "Naoko", "Ryo", "Emi", "Shinji", "Yoko", "Kaito", "Mariko", "Satoshi", "Rin", "Tetsuya", "Chiyo", "Naoki", "Hina"},
		[]string{"Sato", "Suzuki", "Takahashi", "Tanaka", "Watanabe", "Ito", "Yamamoto", "Nakamura", "Kobayashi", "Kato", "Yoshida", "Yamada", "Sasaki", "Matsumoto", "Inoue", "Kimura", "Hayashi", "Shimizu", "Saito", "Mori", "Ishikawa", "Ogawa", "Fujita", "Okada"}},
	{"Brazil", "BR", "pt-BR", "São Paulo", "+55 11 5550 0", []string{"João", "Mariana", "Thiago", "Beatriz", "Caio", "Letícia", "Antônio", "Larissa", "Gustavo", "Fernanda", "Vinícius", "Camila", "Otávio", "Juliana", "Leandro", "Renata", "Márcio", "Tatiana", "Luís", "Patrícia", "Rafael", "Simone", "Murilo", "Débora"},
		[]string{"Silva", "Santos", "Oliveira", "Souza", "Pereira", "Costa", "Rodrigues", "Almeida", "Nascimento", "Carvalho", "Araújo", "Ribeiro", "Barbosa", "Cardoso", "Teixeira", "Correia", "Dias", "Monteiro", "Mendes", "Freitas", "Gonçalves", "Vieira", "Magalhães", "Assunção"}},
	{"Nigeria", "NG", "en-NG", "Lagos", "+234 1 555 0", []string{"Chinedu", "Ngozi", "Oluwaseun", "Amaka", "Emeka", "Folake", "Ibrahim", "Aisha", "Tunde", "Chioma", "Yusuf", "Halima", "Obinna", "Zainab", "Segun", "Ifeoma", "Musa", "Adaeze", "Femi", "Bukola", "Kelechi", "Hauwa", "Dayo", "Temitope"},
		[]string{"Okafor", "Adeyemi", "Balogun", "Eze", "Abubakar", "Nwosu", "Ogunleye", "Bello", "Okonkwo", "Adebayo", "Danjuma", "Obi", "Lawal", "Uche", "Akande", "Sani", "Onyekachi", "Afolabi", "Garba", "Igwe", "Oyelaran", "Umar", "Chukwu", "Olatunji"}},
}

// letters spells names in the letters that addresses allow.
var letters = map[rune]string{
	'ä': "ae", 'ö': "oe", 'ü': "ue", 'ß': "ss", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e", 'á': "a", 'à': "a", 'ã': "a", 'â': "a", 'ą': "a",
	'í': "i", 'î': "i", 'ï': "i", 'ó': "o", 'ò': "o", 'ô': "o", 'õ': "o", 'ú': "u", 'ù': "u", 'û': "u", 'ñ': "n", 'ń': "n", 'ç': "c", 'ć': "c",
	'ł': "l", 'ś': "s", 'ż': "z", 'ź': "z", 'ę': "e",
}

// plainLetters spells a name for an address; what has no letters is left out.
func plainLetters(name string) string {
	out := make([]byte, 0, len(name))
	for _, r := range name {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, byte(r)+'a'-'A')
		case r >= 'a' && r <= 'z' || r == '-':
			out = append(out, byte(r))
		default:
			out = append(out, letters[lower(r)]...)
		}
	}
	return string(out)
}

func lower(r rune) rune {
	switch r {
	case 'É':
		return 'é'
	case 'Á':
		return 'á'
	case 'Í':
		return 'í'
	case 'Ó':
		return 'ó'
	case 'Ł':
		return 'ł'
	}
	return r
}

// department has job titles and a share of the staff.
type department struct {
	name   string
	share  int // per cent
	titles []string
}

var departments = []department{
	{"Engineering", 24, []string{"Software Engineer", "Senior Software Engineer", "Principal Engineer", "Engineering Manager", "Test Engineer", "Site Reliability Engineer"}},
	{"Sales", 18, []string{"Account Manager", "Sales Manager", "Sales Associate", "Solution Specialist", "Regional Director"}},
	{"Retail", 16, []string{"Store Associate", "Store Manager", "Shift Lead", "Cashier"}},
	{"Operations", 12, []string{"Operations Analyst", "Logistics Coordinator", "Operations Manager", "Warehouse Worker"}},
	{"Finance", 7, []string{"Accountant", "Controller", "Financial Analyst", "Payroll Specialist"}},
	{"Marketing", 6, []string{"Marketing Manager", "Content Designer", "Brand Specialist"}},
	{"IT", 6, []string{"IT Support Specialist", "Systems Administrator", "Security Analyst", "Cloud Architect", "IT Manager"}},
	{"Human Resources", 4, []string{"HR Business Partner", "Recruiter", "HR Manager"}},
	{"Legal", 2, []string{"Counsel", "Paralegal", "Compliance Officer"}},
	{"Research & Development", 4, []string{"Researcher", "Lab Technician", "Principal Scientist"}},
	{"Executive Management", 1, []string{"Vice President", "Chief of Staff", "Director"}},
}

var partnerDomains = []string{"fabrikam.com", "adatum.com", "northwindtraders.com", "wingtiptoys.com", "tailspintoys.com", "gmail.com"}

var partnerNames = []string{"Fabrikam", "Adatum", "Northwind Traders", "Wingtip Toys", "Tailspin Toys", ""}
