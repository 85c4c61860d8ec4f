package signin

// sshdCodes is the table of what OpenSSH and PAM write.
var sshdCodes = mustCodes("sshd")

// tryCode is one kind of message with its class.
type tryCode struct {
	name    string
	class   Class
	invalid Class // if the user does not exist
}

func sshdCode(name string) tryCode {
	return tryCode{name, sshdCodes.Class(name, "", ""), sshdCodes.Class(name, "invalid user", "")}
}

var (
	codeInvalidUser        = sshdCode("invalid_user")
	codeNotAllowed         = sshdCode("not_allowed")
	codeAccountLocked      = sshdCode("account_locked")
	codeTooManyFailures    = sshdCode("too_many_failures")
	codeClosedBeforeSignIn = sshdCode("closed_before_sign_in")
	codeFailedAfterPartial = sshdCode("failed_after_partial")
	codeRootRefused        = sshdCode("root_refused")
	codePAMAccessDenied    = sshdCode("pam_access_denied")
	codePAMAccountRefused  = sshdCode("pam_account_refused")
	codePAMPasswordChange  = sshdCode("pam_password_change_failed")
	codePAMError           = sshdCode("pam_error")
	codePAMFailure         = sshdCode("pam_authentication_failure")
	codePAMFaillock        = sshdCode("pam_faillock")
	codePAMTally           = sshdCode("pam_tally")
)

// sshMethod is a way to authenticate, with what sshd writes of it.
type sshMethod struct {
	name                      string // in the log, up to a slash
	client                    string
	accepted, failed, partial tryCode
	password                  bool // what is tried is a password
}

var sshMethods = [...]sshMethod{
	{"password", "ssh/password", sshdCode("accepted_password"), sshdCode("failed_password"), sshdCode("partial_password"), true},
	{"publickey", "ssh/publickey", sshdCode("accepted_publickey"), sshdCode("failed_publickey"), sshdCode("partial_publickey"), false},
	{"keyboard-interactive", "ssh/keyboard-interactive", sshdCode("accepted_keyboard_interactive"), sshdCode("failed_keyboard_interactive"),
		sshdCode("partial_keyboard_interactive"), true},
	{"none", "ssh/none", sshdCode("accepted_none"), sshdCode("failed_none"), sshdCode("partial_other"), false},
	{"gssapi-with-mic", "ssh/gssapi-with-mic", sshdCode("accepted_gssapi"), sshdCode("failed_gssapi"), sshdCode("partial_other"), false},
	{"hostbased", "ssh/hostbased", sshdCode("accepted_hostbased"), sshdCode("failed_hostbased"), sshdCode("partial_other"), false},
	{"", "ssh/other", sshdCode("accepted_other"), sshdCode("failed_other"), sshdCode("partial_other"), true},
}

// methodNamed returns a method, the last of the list for one that is not in it.
func methodNamed(name string) *sshMethod {
	for i := range sshMethods {
		if sshMethods[i].name == name {
			return &sshMethods[i]
		}
	}
	return &sshMethods[len(sshMethods)-1]
}
