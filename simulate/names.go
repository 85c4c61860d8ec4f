package simulate

// nameBook is common given and family names of a country, in ASCII as they
// stand in account names.
type nameBook struct{ given, family []string }

var (
	anglophone = nameBook{
		[]string{"james", "mary", "robert", "linda", "michael", "susan", "david", "karen", "william", "nancy", "joseph", "lisa", "thomas", "sandra", "daniel", "ashley", "matthew", "emily", "anthony", "donna", "mark", "carol", "steven", "amanda", "andrew", "melissa", "kevin", "deborah", "brian", "laura", "george", "rebecca", "edward", "sharon", "jason", "cynthia", "ryan", "kathleen", "eric", "amy"},
		[]string{"smith", "johnson", "brown", "jones", "miller", "davis", "wilson", "anderson", "taylor", "thomas", "moore", "martin", "lee", "thompson", "white", "harris", "clark", "lewis", "robinson", "walker", "young", "allen", "king", "wright", "scott", "hill", "green", "adams", "baker", "nelson", "carter", "mitchell", "roberts", "turner", "phillips", "campbell", "parker", "evans", "edwards", "collins"},
	}
	francophone = nameBook{
		[]string{"jean", "marie", "pierre", "nathalie", "michel", "isabelle", "philippe", "sylvie", "alain", "catherine", "nicolas", "christine", "laurent", "sandrine", "julien", "valerie", "thomas", "sophie", "antoine", "celine", "hugo", "camille", "lucas", "lea", "louis", "manon", "gabriel", "chloe", "arthur", "emma", "raphael", "jade", "paul", "alice", "maxime", "claire", "olivier", "helene", "vincent", "elodie"},
		[]string{"martin", "bernard", "thomas", "petit", "robert", "richard", "durand", "dubois", "moreau", "laurent", "simon", "michel", "lefebvre", "leroy", "roux", "david", "bertrand", "morel", "fournier", "girard", "bonnet", "dupont", "lambert", "fontaine", "rousseau", "vincent", "muller", "lefevre", "faure", "andre", "mercier", "blanc", "guerin", "boyer", "garnier", "chevalier", "francois", "legrand", "gauthier", "garcia"},
	}
	indian = nameBook{
		[]string{"aarav", "ananya", "vihaan", "diya", "aditya", "priya", "arjun", "kavya", "rohan", "neha", "rahul", "pooja", "vikram", "anjali", "suresh", "lakshmi", "ramesh", "sunita", "karthik", "meera", "sanjay", "deepa", "anil", "rekha", "manoj", "shreya", "rajesh", "nisha", "ashok", "swati", "vijay", "divya", "ravi", "geeta", "amit", "sneha", "prakash", "asha", "gopal", "radha"},
		[]string{"sharma", "verma", "gupta", "reddy", "rao", "naidu", "iyer", "nair", "menon", "patel", "shah", "mehta", "desai", "joshi", "kulkarni", "singh", "kumar", "yadav", "mishra", "pandey", "chatterjee", "banerjee", "das", "ghosh", "bose", "pillai", "krishnan", "subramanian", "hegde", "shetty", "kaur", "gill", "khan", "ansari", "agarwal", "bansal", "malhotra", "kapoor", "chopra", "saxena"},
	}
	korean = nameBook{
		[]string{"minjun", "seoyeon", "seojun", "jiwoo", "doyun", "seohyun", "yejun", "minseo", "siwoo", "haeun", "juwon", "hayun", "hajun", "yuna", "jiho", "jia", "jihoon", "sua", "junseo", "jimin", "hyunwoo", "soyeon", "donghyun", "eunji", "sungmin", "hyejin", "youngho", "misook", "sangwoo", "kyunghee", "jaehyun", "nayeon", "taeyang", "boram", "woojin", "dahye", "kyungsoo", "yerin", "seungho", "hana"},
		[]string{"kim", "lee", "park", "choi", "jung", "kang", "cho", "yoon", "jang", "lim", "han", "oh", "seo", "shin", "kwon", "hwang", "ahn", "song", "ryu", "hong", "jeon", "ko", "moon", "yang", "son", "bae", "baek", "heo", "yoo", "nam", "sim", "noh", "ha", "kwak", "sung", "cha", "joo", "woo", "koo", "min"},
	}

	// mailboxes are accounts that stand for a function, with one factor.
	mailboxes = []string{"reception", "scanner", "helpdesk", "fax", "labreports", "accounts", "booking", "archive", "meetingroom", "pharmacy", "intake", "deliveries"}

	// guesses are names that attackers try because many organisations have them.
	guesses = []string{"admin", "administrator", "test", "info", "office", "sales", "support", "user", "it", "hr", "finance", "backup", "service", "guest", "webmaster", "postmaster", "ceo", "marketing", "security", "sysadmin"}

	// hostGuesses are the names that are tried on every Internet-facing sshd.
	hostGuesses = []string{"root", "root", "root", "root", "root", "admin", "admin", "ubuntu", "test", "user", "oracle", "postgres", "git", "pi", "ftpuser", "mysql", "nagios", "hadoop", "guest", "deploy", "jenkins", "minecraft", "ansible", "debian", "vagrant", "ec2-user", "zabbix", "tomcat", "es", "www"}
)

func namesOf(country string) nameBook {
	switch country {
	case "FR":
		return francophone
	case "IN":
		return indian
	case "KR":
		return korean
	}
	return anglophone
}
