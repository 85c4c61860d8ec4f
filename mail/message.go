// Package mail reads mail and records about mail into [Message] and [Act],
// and defines [Facts], what is remembered of a mail once it was examined.
//
// Full mails (.eml, mbox, maildir, .msg) and records of gateways that have no
// body (message traces, Defender tables, Gmail logs) are both a Message; its
// Evidence says what there was to look at. All of it is written by attackers:
// every length here is bounded, and what was cut is a [Problem].
package mail

import (
	"net/netip"
	"time"
)

// Message is one mail as it was read. It holds what must not be kept (texts,
// attachments): package mail/signal examines it and keeps [Facts] of it.
type Message struct {
	File   string // as given on the command line joined with what lies below
	Line   int64  // where the mail or record begins, from 1
	Offset int64  // ... in bytes of the unpacked file, from 0; full mails only
	Format string // name of the format it was read as

	Time        time.Time // Date header, or when the gateway took it; UTC; zero: not stated or not readable
	Arrived     time.Time // of the topmost Received, or of the record; zero: not known
	From        []Address // more than one is itself suspicious
	Sender      Address
	ReplyTo     []Address
	ReturnPath  string    // envelope sender, lower case, without brackets; "" unknown, "<>" the null sender
	To, Cc      []Address // as the header has them, at most MaxAddresses each
	DeliveredTo []string  // envelope recipients, lower case: Delivered-To, X-Original-To, recipients of a record
	Subject     string    // decoded
	MessageID   string    // without angle brackets
	InReplyTo   []string
	References  []string // oldest first, at most MaxReferences
	NetworkID   string   // the gateway's own id (NetworkMessageId, message trace id), to which clicks refer

	// Partial is set on a record that holds only some parts of a mail whose
	// own record stands in another file: links (EmailUrlInfo) or attachments
	// (EmailAttachmentInfo). The ledger merges it by NetworkID.
	Partial bool

	SenderIP  netip.Addr // that handed the mail to the receiver; from a record, or left to mail/auth
	Direction Direction
	Delivery  Delivery

	Hops        []Hop   // of the Received fields, top first: the last servers before the reader come first
	Header      []Field // in order, top first; at most MaxHeaderBytes in all
	Texts       []Text  // readable parts in order
	Attachments []Attachment
	Links       []string // of a record without body (EmailUrlInfo); links of full mails are found by mail/markup
	Raw         []byte   // the whole mail as read, for the DKIM body hash; nil for records; at most MaxRaw

	Evidence Evidence
	Verdicts []Field // what the gateway itself says (AuthenticationDetails, ThreatTypes ...), by its column names
	Problems []Problem
}

// Address is a mailbox: RFC 5322 name-addr.
type Address struct {
	Name  string // display name, decoded; "" if none
	Email string // local part as written, domain in lower case; may be invalid UTF-8-free text that is no address
}

// Field is one header field, unfolded but not decoded.
type Field struct{ Name, Value string }

// Text is a part that is shown to the reader.
type Text struct {
	HTML    bool
	Content string // UTF-8, at most MaxText bytes
	Charset string // as declared; "" none
	Cut     bool   // there was more
	Depth   int    // 0: of the mail itself; 1: of a message that is attached to it, and so on
}

// Attachment is a part that is not shown as text, and also an inline image.
type Attachment struct {
	Name      string // decoded; attackers' text
	Type      string // as declared, lower case, without parameters
	ContentID string // without angle brackets
	Inline    bool
	Content   []byte // decoded, at most MaxAttachment bytes; nil for records
	Size      int64  // of the decoded whole, also of what was cut
	SHA256    string // hex, of the decoded whole; from the record where there is no content; "" where the whole was not read
	Depth     int    // 0: of the mail itself; 1: of a message that is attached to it, and so on
	Threat    string // what the gateway says of it; "" nothing
}

// Hop is one step of a mail's way, as one Received field tells it (RFC 5321
// §4.4). Only those above the first server one trusts are more than a claim.
type Hop struct {
	From string     // what the sender called itself, lower case
	Addr netip.Addr // of the sender, as the receiver saw it; invalid: not stated
	By   string     // the receiver, lower case
	Time time.Time  // UTC; zero: not readable

	Field int // where it stands in Header: what was written above it, and what below
}

// Problem is one thing that is wrong with a mail's form: it is part of the
// verdict, because much of it is done on purpose.
type Problem struct {
	Code string // stable, snake_case: "cut_multipart", "nested_too_deep" ...
	Text string // plain words
}

// Evidence says what of a mail could be looked at.
type Evidence uint8

// What there may be.
const (
	HasHeader      Evidence = 1 << iota // the whole header, not only some columns
	HasBody                             // the texts
	HasAttachments                      // contents, not only names
	HasAuth                             // verdicts of a trusted receiver, or own ones
	HasDelivery                         // what the gateway did with it
	HasClicks                           // clicks are logged here, so that "no click" means something
)

// Direction is which way a mail went, seen from the organisation.
type Direction uint8

// The directions.
const (
	DirectionUnknown Direction = iota
	Inbound
	Internal
	Outbound
)

// Delivery is what became of a mail.
type Delivery uint8

// What may have become of it, in the order of how far it came.
const (
	DeliveryUnknown Delivery = iota
	Rejected                 // refused in the SMTP dialogue, bounced, dropped
	Quarantined
	Junked
	Removed // delivered and taken away later (zero-hour auto purge), before it was read as far as known
	Delivered
)

// Act is what happened to a mail after it came: one record of a click or
// delivery log.
type Act struct {
	File      string
	Line      int64
	Format    string
	Time      time.Time
	Kind      ActKind
	Account   string     // whose mailbox or click, lower case
	MessageID string     // of the mail, if the record has it
	NetworkID string     // the gateway's id of the mail, if the record has it
	URL       string     // clicked
	Addr      netip.Addr // of the person who clicked
	Delivery  Delivery   // for DeliveryChanged
	Detail    string     // the record's own word (ActionType)
}

// ActKind is what was done.
type ActKind uint8

// The acts.
const (
	ActUnknown      ActKind = iota
	ClickAllowed            // the person reached the page
	ClickBlocked            // the gateway stood in the way, and the person did not go on
	ClickThrough            // the gateway warned, the person went on
	DeliveryChanged         // removed, released, moved
	Opened                  // read, previewed
	Reported                // by the person, as phish
	AttachmentSaved
	Replied // a reply is seen in a log that has no mails
)

// The bounds. What goes beyond is cut and named in Problems.
const (
	MaxRaw         = 36 << 20 // bytes of one mail; with what is decoded of it 64 MB
	MaxHeaderBytes = 1 << 20
	MaxFields      = 2000
	MaxText        = 1 << 20 // bytes of one text part
	MaxTexts       = 64
	MaxAttachment  = 16 << 20 // bytes of one attachment that are looked at
	MaxAttachments = 256
	MaxDepth       = 24 // of MIME nesting
	MaxAddresses   = 1000
	MaxReferences  = 100
)
