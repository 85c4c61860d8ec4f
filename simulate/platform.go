package simulate

// platform is what answers at an organisation, which its formats are the
// records of.
type platform uint8

const (
	entraTenant   platform = iota // with the mailboxes of Microsoft 365
	sshHosts                      // accounts are local to hosts; no second factor, no lock-out
	oktaOrg                       // a second factor, but no guests, workloads or mailboxes
	awsAccount                    // IAM users with a second factor; no lock-out, and names that do not exist are hidden
	windowsDomain                 // hosts of a domain; lock-out, but no second factor
)

// platform is the platform of an organisation: all its exports are of one.
func (o *OrgSpec) platform() platform {
	f, _ := LookupFormat(o.Exports[0].Format)
	return f.Platform
}
