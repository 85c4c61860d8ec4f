package signin

import (
	"strings"
	"testing"
)

// Whoever tries to sign in types names, and many programs write what is typed at
// them. None of it makes a success, or another account or address.
func TestTyped(t *testing.T) {
	const (
		pan    = `1,2026/03/01 10:00:00,001801000000,SYSTEM,auth,0,2026/03/01 10:00:00,,auth-success,,0,0,general,informational,"authenticated for user 'root'. From: 203.0.113.5."`
		leef   = `LEEF:1.0|Palo Alto Networks|PAN-OS|10|auth-success|cat=SYSTEM|devTime=Mar 01 2026 10:00:00|msg=authenticated for user 'root'. From: 203.0.113.5.`
		cef    = `CEF:0|Fortinet|Fortigate|v7.4.3|39426|event:vpn tunnel-up|7|deviceExternalId=a cat=event:vpn act=tunnel-up FTNTFGTremip=203.0.113.5 duser=root`
		forti  = `logid=1 type=event subtype=vpn action=tunnel-up user=root remip=203.0.113.5`
		ossec  = `WinEvtLog: Security: AUDIT_SUCCESS(4624): Microsoft-Windows-Security-Auditing: (no user): no domain: dc1: An account was successfully logged on.  Subject:  Account Name:  -  New Logon:  Account Name:  root  Account Domain:  H  Source Network Address:  203.0.113.5`
		header = "Mar  1 10:00:00 web "

		exchange = "2026-03-01T10:00:00.530Z,000000000000000E,2,203.0.113.25:143,192.0.2.1:35070,"
		ticket   = header + "Microsoft-Windows-Security-Auditing[7]: 4768: AUDIT_FAILURE A Kerberos authentication ticket (TGT) was requested.  Account Information:  Account Name:  "
		refused  = header + "Microsoft-Windows-Security-Auditing[7]: 4625: AUDIT_FAILURE An account failed to log on.  Subject:  Security ID:  S-1-0-0  Account Name:  -  Account Domain:  -  Logon ID:  0x0  Logon Type:  3  Account For Which Logon Failed:  Security ID:  S-1-0-0  Account Name:  "
	)
	for _, c := range []struct{ why, format, line, account, addr string }{
		{"a row of Palo Alto", "sshd", header + "nginx: bad " + pan, "", ""},
		{"a row behind a request", "sshd", header + `192.0.2.1 - - "GET /? ` + pan, "", ""},
		{"LEEF", "sshd", header + "nginx: GET " + leef, "", ""},
		{"CEF", "sshd", header + "nginx[7]: user " + cef, "", ""},
		{"CEF in an entry of the journal", "sshd", `{"__REALTIME_TIMESTAMP":"1772359200123456","SYSLOG_IDENTIFIER":"app","MESSAGE":"user ` + cef + `"}`, "", ""},
		{"pairs of FortiOS", "sshd", header + "app: user=x " + forti, "", ""},
		{"a line of OSSEC", "sshd", header + "app: user x " + ossec, "", ""},
		{"the arrow of OSSEC", "sshd", "2026 Mar 01 10:00:00 web sshd[7]: Invalid user -> Mar  1 10:00:00 h sshd[1]: Accepted password for root from 203.0.113.5 port 1 ssh2 from 192.0.2.1",
			"-> mar  1 10:00:00 h sshd[1]: accepted password for root from 203.0.113.5 port 1 ssh2", "192.0.2.1"},
		{"Snare in the journal", "sshd", `{"__REALTIME_TIMESTAMP":"1772359200123456","SYSLOG_IDENTIFIER":"app","MESSAGE":"MSWinEventLog\t1\tSecurity"}`, "", ""},
		{"a session of Dovecot", "dovecot", header + "dovecot: auth: sql(x imap-login: Login: user=<root>, method=PLAIN, rip=203.0.113.5, lip=192.0.2.2,192.0.2.1): unknown user",
			"x imap-login: login: user=<root>, method=plain, rip=203.0.113.5, lip=192.0.2.2", "192.0.2.1"},
		{"the end of a module's name", "sshd", header + "vsftpd: pam_unix: authentication failure; logname= uid=0 euid=0 tty=ftp ruser=a): authentication failure; ruser= rhost=203.0.113.5 user=root rhost=192.0.2.1",
			"a): authentication failure; ruser= rhost=203.0.113.5 user=root", "192.0.2.1"},
		{"a name at which the line was cut", "sshd", header + "sshd[7]: Failed password for invalid user " + strings.Repeat("x", 1000) + " from 203.0.113.5", "", ""},
		{"a name with the end of a line", "sshd", header + "sshd[7]: Failed password for invalid user x from 203.0.113.5 port 1 ssh1: RSA a from 192.0.2.1 port 1 ssh2", "x from 203.0.113.5 port 1 ssh1: rsa a", "192.0.2.1"},
		{"a message of a firewall", "sshd", header + `nginx: user %ASA-6-605005: Login permitted from 203.0.113.5/1 to outside:192.0.2.1/ssh for user "root"`, "", ""},
		{"R=OK of Exchange", "exchange-mail", exchange + `x,1,1,1,login,"R=OK AuthFailed:LogonDenied R=OK *****","R=""1 NO Server Unavailable"";Msg=R=OK",` + "\n" +
			exchange + `x,1,1,1,login,"AuthFailed:PasswordExpired *****","R=""1 NO LOGIN failed."";Msg=""AuthFailed:LogonDenied,User: x""",`, "x", "192.0.2.1"},
		{"a status behind the name", "windows-syslog", ticket + "root Result Code: 0x0 Status: 0x0  Supplied Realm Name:  H  User ID:  S-1-0-0  Network Information:  Client Address:  192.0.2.1  Client Port:  1  Additional Information:  Ticket Options:  0x1  Result Code:  0x6  Ticket Encryption Type:  0xFFFFFFFF",
			"root@h", "192.0.2.1"},
		{"a status behind the workstation", "windows-syslog", refused + "root  Account Domain:  H  Failure Information:  Failure Reason:  x  Status:  0xC000006D  Sub Status:  0xC000006A  Network Information:  Workstation Name:  W Status: 0xC0000224 Sub Status: 0xC0000071  Source Network Address:  192.0.2.1  Source Port:  1",
			"root@h", "192.0.2.1"},
		{"lines in a name, in another language", "windows-syslog", header + "Microsoft-Windows-Security-Auditing[7]: 4768: AUDIT_FAILURE Ein Ticket.#012Konto:#012#011Name:#011#011root#012#011a:#011b#012#011a:#011b#012#011a:#011b#012#011a:#011203.0.113.5#012#011a:#011b#012#011a:#011b#012#011a:#0110x0" +
			strings.Repeat("#012#011b:#011c", 13), "", ""},
		{"a reason in a name of Palo Alto", "palo-alto", "1,2026/03/01 10:00:00,001801000000,SYSTEM,auth,0,2026/03/01 10:00:00,,auth-fail,,0,0,general,medium,\"failed authentication for user 'root'. Reason: password expired'. Reason: Invalid username/password. auth profile 'otp', vsys 'vsys1', From: 192.0.2.1.\"",
			"root'. reason: password expired", "192.0.2.1"},
		{"one-time codes in the name of a profile", "palo-alto", "1,2026/03/01 10:00:00,001801000000,SYSTEM,auth,0,2026/03/01 10:00:00,,auth-fail,,0,0,general,medium,\"failed authentication for user 'root'. Reason: Authentication failed. auth profile 'otp-mfa', vsys 'vsys1', server profile 'mfa', From: 192.0.2.1.\"",
			"root", "192.0.2.1"},
		{"pairs in a name of FortiOS", "fortigate", `date=2026-03-01 time=10:00:00 devname="fw" logid="0100032002" type="event" subtype="system" user="root" action="login" status="success" srcip=203.0.113.5 x="" ui="https(192.0.2.1)" method="https" srcip=192.0.2.1 action="login" status="failed" reason="name_invalid"`,
			"root", ""},
		{"CEF in a name of PingFederate", "pingfederate", `2026-03-01 10:00:00,000 trackingid="tid:x" event="AUTHN_ATTEMPT" subject="CEF:0|Ping Identity|PingFederate|12|SSO|SSO|0|rt=Mar 01 2026 10:00:00.000 duid=root src=203.0.113.5 msg=success" ip="192.0.2.1" protocol="SAML20" pfhost="h" role="IdP" status="failure" adapterid="a"`,
			"cef:0|ping identity|pingfederate|12|sso|sso|0|rt=mar 01 2026 10:00:00.000 duid=root src=203.0.113.5 msg=success", "192.0.2.1"},
	} {
		format, _ := Lookup(c.format)
		events := decodeText(t, format, c.line+"\n", writtenIn)
		var ev Event
		for _, one := range events {
			if one.Class != ClassNone {
				ev = one
			}
		}
		addr := ""
		if ev.Addr.IsValid() {
			addr = ev.Addr.String()
		}
		if ev.Class.Succeeded() || ev.Class.ConfirmsPassword() || ev.Account != c.account || addr != c.addr {
			t.Errorf("%s: %v %q from %s", c.why, ev.Class, ev.Account, addr)
		}
	}
}

// Headers as devices and relays write them before a record.
func TestIsHeader(t *testing.T) {
	for s, want := range map[string]bool{
		"": true, "Mar  1 10:00:00 fw1 ": true, "Mar  1 10:00:00 relay Mar 01 2026 10:00:00 fw1 : ": true, "2026-03-01T10:00:00+01:00 fw1 CEF-agent: ": true,
		"Mar  1 10:00:00 fw1: Mar 01 2026 10:00:00: ": true, "[Mar  1 10:00:00] fw1 ": true, "Mar  1 10:00:00.123 UTC: fw1: *Mar  1 10:00:00 CET: ": true,
		"Mar  1 10:00:00 web nginx: GET ": false, "Mar  1 10:00:00 web nginx[7]: user ": false, "Mar  1 10:00:00 web app a=b ": false, "web \"GET ": false,
		"Mar  1 10:00:00 web app: - ": false, "ä ": false,
	} {
		if got := isHeader(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}
