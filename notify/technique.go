package notify

// TechniqueName returns the name that MITRE ATT&CK (v18.1) gives to a
// technique, "" if it is none that this program finds.
func TechniqueName(id string) string {
	switch id {
	case "T1110":
		return "Brute Force"
	case "T1110.001":
		return "Password Guessing"
	case "T1110.003":
		return "Password Spraying"
	case "T1110.004":
		return "Credential Stuffing"
	case "T1589.002":
		return "Gather Victim Identity Information: Email Addresses"
	case "T1621":
		return "Multi-Factor Authentication Request Generation"
	case "T1534":
		return "Internal Spearphishing"
	case "T1566":
		return "Phishing"
	case "T1566.001":
		return "Spearphishing Attachment"
	case "T1566.002":
		return "Spearphishing Link"
	case "T1566.003":
		return "Spearphishing via Service"
	case "T1598":
		return "Phishing for Information"
	case "T1598.003":
		return "Phishing for Information: Spearphishing Link"
	case "T1528":
		return "Steal Application Access Token"
	case "T1656":
		return "Impersonation"
	}
	return ""
}
