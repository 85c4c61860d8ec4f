package mail

import "strings"

// readPostDelivery reads a row of EmailPostDeliveryEvents: what the service
// (ZAP) or an administrator did with a mail that was delivered.
func readPostDelivery(r *record) (Item, error) {
	at, err := r.time(defTime)
	if err != nil {
		return Item{}, err
	}
	a := &Act{
		Format:    defenderName,
		Time:      at,
		Kind:      DeliveryChanged,
		Account:   strings.ToLower(r.text(defRecipient)),
		MessageID: messageID(r.text(defMessageID)),
		NetworkID: networkID(r.text(defNetworkID)),
		Detail:    r.text(defActionType),
	}
	if containsFold(a.Detail, "submission") || containsFold(a.Detail, "reported") {
		// Administrators submit, too, but only a person's report is an act of
		// that person.
		if a.Kind = Reported; containsFold(a.Detail, "admin") {
			return Item{}, nil
		}
		return Item{Act: a}, nil
	}
	if result := columnOnly(r.text(defResult)); result != "" && result != "success" && result != "succeeded" {
		a.Detail += " (" + r.text(defResult) + ")" // nothing has changed, as far as known
		return Item{Act: a}, nil
	}
	action := columnOnly(r.text(defPostAction))
	switch location := defenderDelivery("", r.text(defLocation)); {
	case strings.Contains(action, "softdelete"), strings.Contains(action, "harddelete"),
		strings.Contains(action, "quarantine") && !strings.Contains(action, "release"), location == Quarantined, location == Rejected:
		a.Delivery = Removed
	case strings.Contains(action, "junk"), location == Junked:
		a.Delivery = Junked
	case strings.Contains(action, "inbox"), strings.Contains(action, "release"):
		a.Delivery = Delivered
	case strings.Contains(action, "delete"):
		a.Delivery = Removed
	default:
		a.Delivery = location
	}
	return Item{Act: a}, nil
}

// readURLClick reads a row of UrlClickEvents. IsClickedThrough counts more than
// ActionType: the click that a warning stopped and the one that went on past it
// are two rows with one ReportId.
func readURLClick(r *record) (Item, error) {
	at, err := r.time(defTime)
	if err != nil {
		return Item{}, err
	}
	a := &Act{
		Format:    defenderName,
		Time:      at,
		Account:   strings.ToLower(r.text(defAccount)),
		NetworkID: networkID(r.text(defNetworkID)),
		URL:       r.text(defURL),
		Addr:      recordAddr(r.text(defIPAddress)),
		Detail:    r.text(defActionType),
	}
	through := columnOnly(r.text(defClickedThrough))
	switch action := columnOnly(a.Detail); {
	case through == "1" || through == "true":
		a.Kind = ClickThrough
	case strings.HasPrefix(action, "clickallowed"):
		a.Kind = ClickAllowed
	case strings.HasPrefix(action, "clickblocked"):
		a.Kind = ClickBlocked
	} // UrlErrorPage, UrlScanInProgress: whether the page was seen is not known
	if workload := r.text(defWorkload); workload != "" && !strings.EqualFold(workload, "Email") {
		a.Detail += " in " + workload
	}
	return Item{Act: a}, nil
}
