package simulate

import (
	"fmt"

	"github.com/pumphandle/pumphandle/signin"
)

// Client is a program that signs in, as the provider's log describes it.
type Client struct {
	UserAgent string
	Browser   string // deviceDetail.browser, as Entra reads it from the user agent
	OS        string // deviceDetail.operatingSystem
	App       App    // what signs in
	Resource  App    // what it signs in to
	ClientApp string // clientAppUsed
	Protocol  signin.Protocol
	Request   string // RequestType of the audit log
	Method    string // of sshd: password or publickey

	newer *Client // the next version; nil: there is none
	first *Client // of which this is a version; nil: itself
}

// kind is the client of which this one is a version.
func (c *Client) kind() *Client {
	if c.first != nil {
		return c.first
	}
	return c
}

// versions returns a browser of that version, from which the newer ones hang.
func versions(version, newest int, form func(version int) *Client) *Client {
	first := form(version)
	for c, v := first, version+1; v <= newest; v++ {
		c.newer = form(v)
		c.newer.first = first
		c = c.newer
	}
	return first
}

// App is an application known to Entra. The ids are Microsoft's own for its
// first-party applications
// (learn.microsoft.com/troubleshoot/entra/entra-id/governance/verify-first-party-apps-sign-in).
type App struct{ Name, ID string }

var (
	outlook        = App{"Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c"}
	teams          = App{"Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264"}
	officeHome     = App{"OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"}
	outlookMobile  = App{"Outlook Mobile", "27922004-5251-4030-b22d-91ecd9a37ea4"}
	appleMail      = App{"Apple Internet Accounts", "f8d98a96-0999-43f5-8af3-69971c7bb423"}
	azureCLI       = App{"Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"}
	azurePS        = App{"Microsoft Azure PowerShell", "1950a258-227b-4e31-a9cf-717495945fc2"}
	exchangeOnline = App{"Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"}
	graph          = App{"Microsoft Graph", "00000003-0000-0000-c000-000000000000"}
	aadGraph       = App{"Windows Azure Active Directory", "00000002-0000-0000-c000-000000000000"}
	management     = App{"Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}
)

func browser(userAgent, name, system string) *Client {
	return &Client{
		UserAgent: userAgent, Browser: name, OS: system, App: officeHome, Resource: exchangeOnline,
		ClientApp: "Browser", Protocol: signin.Interactive, Request: "OAuth2:Authorize", Method: "publickey",
	}
}

func desktopApp(app App, userAgent, system string) *Client {
	return &Client{
		UserAgent: userAgent, OS: system, App: app, Resource: exchangeOnline,
		ClientApp: "Mobile Apps and Desktop clients", Protocol: signin.NonInteractive, Request: "OAuth2:Authorize", Method: "publickey",
	}
}

// legacy is a client of basic authentication: one factor, whatever the
// account's second would be.
func legacy(clientApp, userAgent string) *Client {
	return &Client{
		UserAgent: userAgent, App: exchangeOnline, Resource: exchangeOnline,
		ClientApp: clientApp, Protocol: signin.Legacy, Request: "OAuth2:Token", Method: "password",
	}
}

// ropc is a client that sends the password itself to the token endpoint
// (RFC 6749, section 4.3).
func ropc(app, resource App, userAgent, system string) *Client {
	return &Client{
		UserAgent: userAgent, OS: system, App: app, Resource: resource,
		ClientApp: "Mobile Apps and Desktop clients", Protocol: signin.ROPC, Request: "OAuth2:Token", Method: "password",
	}
}

const (
	windows = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
	webkit  = "AppleWebKit/537.36 (KHTML, like Gecko) "
	chrome  = windows + webkit + "Chrome/140.0.0.0 Safari/537.36"
)

// catalogue is the clients that people use. They are shared by pointer: two
// attempts by one kind of client have one *Client.
type catalogue struct {
	browsers []*Client // first the most common
	desktop  []*Client // mail and meetings
	phones   []*Client
	app      *Client // a scheduled job with a password in its configuration
	torified *Client
	tester   *Client   // of a penetration test
	tail     []*Client // browsers that few people have
	weak     []*Client // what commodity tools show
}

func newCatalogue() *catalogue {
	return &catalogue{
		browsers: []*Client{
			versions(140, 156, edgeOf),
			versions(140, 156, func(v int) *Client { return chromeOf(windows, "Windows10", v) }),
			versions(139, 156, edgeOf), // an organisation's updates come a version late
			versions(142, 156, firefoxOf),
			browser("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15", "Safari 18.6", "MacOs"),
			versions(140, 156, func(v int) *Client { return chromeOf("Mozilla/5.0 (X11; Linux x86_64) ", "Linux", v) }),
		},
		desktop: []*Client{
			desktopApp(outlook, "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.19127; Pro)", "Windows10"),
			desktopApp(teams, windows+webkit+"Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0 Teams/25227.205.3905.7212", "Windows10"),
			desktopApp(outlook, "MacOutlook/16.100.25080618 (Intelx64 Mac OS X Version 15.6)", "MacOs"),
		},
		phones: []*Client{
			desktopApp(outlookMobile, "Outlook-iOS/2.0", "Ios 18.6"),
			{
				UserAgent: "Apple-iPhone15C2/2207.100", OS: "Ios 18.6", App: appleMail, Resource: exchangeOnline,
				ClientApp: "Exchange ActiveSync", Protocol: signin.Legacy, Request: "OAuth2:Token", Method: "password",
			},
			desktopApp(outlookMobile, "Outlook-Android/2.0", "Android 15"),
		},
		tail:     longTail(),
		tester:   ropc(azureCLI, graph, "python-httpx/0.27.0", ""),
		app:      ropc(aadGraph, aadGraph, "python-requests/2.31.0", ""),
		torified: browser("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128.0", "Windows10"),
		weak: []*Client{
			ropc(azureCLI, graph, "python-requests/2.28.2", ""),
			ropc(azurePS, graph, "Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682", "Windows10"),
			ropc(exchangeOnline, exchangeOnline, "BAV2ROPC", ""),
			legacy("Authenticated SMTP", "BAV2ROPC"),
			legacy("IMAP4", ""),
			legacy("Other clients", "CBAInPROD"),
			browser(windows+webkit+"Chrome/91.0.4472.124 Safari/537.36", "Chrome 91.0.4472", "Windows10"),
			browser("Mozilla/5.0 (Windows NT 6.1; WOW64) "+webkit+"Chrome/67.0.3396.99 Safari/537.36", "Chrome 67.0.3396", "Windows 7"),
			browser("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/109.0", "Firefox 109.0", "Linux"),
			ropc(officeHome, graph, "axios/1.7.9", ""),
			ropc(officeHome, graph, "okhttp/4.12.0", ""),
			ropc(officeHome, graph, "curl/8.5.0", ""),
		},
	}
}

func edgeOf(v int) *Client {
	return browser(fmt.Sprintf("%s%sChrome/%d.0.0.0 Safari/537.36 Edg/%d.0.0.0", windows, webkit, v, v), fmt.Sprintf("Edge %d.0.0", v), "Windows10")
}

func chromeOf(head, system string, v int) *Client {
	return browser(fmt.Sprintf("%s%sChrome/%d.0.0.0 Safari/537.36", head, webkit, v), fmt.Sprintf("Chrome %d.0.0", v), system)
}

func firefoxOf(v int) *Client {
	return browser(fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:%d.0) Gecko/20100101 Firefox/%d.0", v, v), fmt.Sprintf("Firefox %d.0", v), "Windows10")
}

// longTail is what few people have: versions that nobody updates, systems and
// browsers beside the common ones. Some of it commodity tools show as well.
func longTail() []*Client {
	const mac, old = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ", "Mozilla/5.0 (Windows NT 6.1; Win64; x64) "
	var tail []*Client
	for _, v := range []int{91, 103, 109, 112, 118, 120, 124, 127, 131, 134, 136, 138} {
		tail = append(tail, chromeOf(windows, "Windows10", v), chromeOf(mac, "MacOs", v+2), edgeOf(v+1))
	}
	for _, v := range []int{91, 102, 109, 115, 121, 128, 133, 136, 140} {
		tail = append(tail, firefoxOf(v))
	}
	for _, v := range []int{97, 105, 109} {
		tail = append(tail, chromeOf(old, "Windows 7", v))
	}
	for _, v := range []int{106, 113, 119, 120} {
		tail = append(tail, browser(fmt.Sprintf("%s%sChrome/%d.0.0.0 Safari/537.36 OPR/%d.0.0.0", windows, webkit, v+16, v), fmt.Sprintf("Opera %d.0.0", v), "Windows10"))
	}
	for _, v := range []string{"14.1.2", "15.6.1", "16.5", "17.4.1", "17.6"} {
		tail = append(tail, browser(mac+"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/"+v+" Safari/605.1.15", "Safari "+v, "MacOs"))
	}
	for _, v := range []string{"23.0", "25.0", "28.0"} {
		tail = append(tail, browser("Mozilla/5.0 (Linux; Android 10; K) "+webkit+"SamsungBrowser/"+v+" Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Browser "+v, "Android"))
	}
	return tail
}
