package simulate

import "time"

// Country is what the simulation knows of a country.
type Country struct {
	Code     string // ISO 3166-1 alpha-2
	City     string
	State    string
	Lat, Lon float64
	Language string         // BCP 47
	Zone     *time.Location // fixed: the offset in September; no daylight-saving change is simulated
	hosting  int            // share of the world's hosting networks, in parts of all
}

// countries returns the countries of the world; people live in the first five.
func countries() []*Country {
	zone := func(minutes int) *time.Location { return time.FixedZone("", minutes*60) }
	return []*Country{
		{"CA", "Montréal", "Quebec", 45.50, -73.57, "en", zone(-240), 12},
		{"FR", "Toulouse", "Haute-Garonne", 43.60, 1.44, "fr", zone(120), 24},
		{"IN", "Hyderabad", "Telangana", 17.39, 78.49, "en", zone(330), 5},
		{"KR", "Seoul", "Seoul", 37.57, 126.98, "ko", zone(540), 4},
		{"US", "Columbus", "Ohio", 39.96, -83.00, "en", zone(-240), 62},
		{"DE", "Frankfurt Am Main", "Hessen", 50.11, 8.68, "de", zone(120), 44},
		{"NL", "Amsterdam", "Noord-Holland", 52.37, 4.90, "nl", zone(120), 36},
		{"SE", "Stockholm", "Stockholms Lan", 59.33, 18.07, "sv", zone(120), 14},
		{"CH", "Zurich", "Zurich", 47.38, 8.54, "de", zone(120), 12},
		{"RO", "Bucharest", "Bucuresti", 44.43, 26.10, "ro", zone(180), 14},
		{"GB", "London", "London", 51.51, -0.13, "en", zone(60), 14},
		{"RU", "Moscow", "Moskva", 55.76, 37.62, "ru", zone(180), 10},
		{"UA", "Kyiv", "Kyiv", 50.45, 30.52, "uk", zone(180), 7},
		{"PL", "Warsaw", "Mazowieckie", 52.23, 21.01, "pl", zone(120), 7},
		{"LU", "Luxembourg", "Luxembourg", 49.61, 6.13, "fr", zone(120), 7},
		{"AT", "Vienna", "Wien", 48.21, 16.37, "de", zone(120), 6},
		{"FI", "Helsinki", "Uusimaa", 60.17, 24.94, "fi", zone(180), 6},
		{"NO", "Oslo", "Oslo", 59.91, 10.75, "nb", zone(120), 5},
		{"CZ", "Prague", "Praha", 50.08, 14.44, "cs", zone(120), 5},
		{"MD", "Chisinau", "Chisinau", 47.01, 28.86, "ro", zone(180), 4},
		{"BG", "Sofia", "Sofiya-Grad", 42.70, 23.32, "bg", zone(180), 4},
		{"LT", "Vilnius", "Vilniaus", 54.69, 25.28, "lt", zone(180), 4},
		{"SG", "Singapore", "Singapore", 1.35, 103.82, "en", zone(480), 6},
		{"JP", "Tokyo", "Tokyo", 35.68, 139.69, "ja", zone(540), 5},
		{"HK", "Hong Kong", "Hong Kong", 22.32, 114.17, "zh", zone(480), 4},
		{"BR", "São Paulo", "Sao Paulo", -23.55, -46.63, "pt", zone(-180), 4},
		{"VN", "Hanoi", "Ha Noi", 21.03, 105.85, "vi", zone(420), 2},
		{"CN", "Guangzhou", "Guangdong", 23.13, 113.26, "zh", zone(480), 4},
		{"ID", "Jakarta", "Jakarta Raya", -6.21, 106.85, "id", zone(420), 2},
		{"TR", "Istanbul", "Istanbul", 41.01, 28.98, "tr", zone(180), 2},
		{"IT", "Milan", "Lombardia", 45.46, 9.19, "it", zone(120), 3},
		{"ES", "Madrid", "Madrid", 40.42, -3.70, "es", zone(120), 3},
		{"MX", "Mexico City", "Ciudad De Mexico", 19.43, -99.13, "es", zone(-360), 1},
		{"AR", "Buenos Aires", "Buenos Aires", -34.60, -58.38, "es", zone(-180), 1},
		{"ZA", "Johannesburg", "Gauteng", -26.20, 28.05, "en", zone(120), 1},
		{"TH", "Bangkok", "Krung Thep", 13.76, 100.50, "th", zone(420), 1},
	}
}
