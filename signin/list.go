package signin

// Formats lists every format that is read, one line each. A test fails if a
// format file of this folder is missing here.
func Formats() []Format {
	return []Format{
		entraGraph,
		entraMonitor,
		entraCSV,
		entraAudit,
		m365Audit,
		defenderLogons,
		okta,
		googleWorkspace,
		awsCloudTrail,
		duo,
		auth0,
		keycloak,
		oneLogin,
		pingFederate,
		pingOne,
		jumpCloud,
		ocsf,
		ecs(),
		shippedLines(),
		shippedTable(),
		sshd,
		dovecot,
		postfix,
		ciscoASA,
		fortiGate,
		fortiGateJSON,
		paloAlto,
		paloAltoJSON,
		iis,
		exchangeMail,
		windowsEVTX,
		windowsXML,
		windowsJSON,
		windowsCSV,
		windowsText,
		windowsSyslog,
	}
}
