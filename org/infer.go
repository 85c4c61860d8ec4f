package org

import (
	"maps"
	"slices"
	"strings"
)

// Inferrer says whose a record is when there is no organisations file. The
// zero value is ready. It is for one goroutine.
//
// It works in two steps. While reading, [Inferrer.Infer] gives each record
// the organisation that the log itself vouches for: its tenant, where there
// is one, whatever domain somebody typed at it; else the account's domain;
// else the host's. When all is read, [Names] says how each is shown.
type Inferrer struct {
	// Max bounds how many names are remembered, 0 for 10,000. Names beyond it
	// are Unassigned: where no tenant is logged they are typed by attackers.
	Max int

	tenants, domains, hosts map[string]ID
}

// Infer returns the organisation of a record: "tenant:<id>", a domain, the
// host's domain or name. It is Unassigned where the record says none of them.
// tenant, account and host are lower case, as in a signin.Event; nothing is
// kept of them and names seen before cost no allocation.
func (f *Inferrer) Infer(tenant, account, host string) ID {
	if tenant != "" {
		return f.remember(&f.tenants, tenant, tenantID)
	}
	if domain := AccountDomain(account); domain != "" {
		if id := f.remember(&f.domains, domain, domainID); id != Unassigned {
			return id
		}
	}
	if host != "" {
		return f.remember(&f.hosts, host, hostID)
	}
	return Unassigned
}

// remember returns the id of a name, working it out the first time. Names
// that have none are not kept: there is no end to them.
func (f *Inferrer) remember(known *map[string]ID, name string, work func(string) ID) ID {
	if id, ok := (*known)[name]; ok {
		return id
	}
	limit := f.Max
	if limit == 0 {
		limit = 10_000
	}
	if len(f.tenants)+len(f.domains)+len(f.hosts) >= limit {
		return Unassigned
	}
	name = strings.Clone(name)
	id := work(name)
	if id == Unassigned {
		return Unassigned
	}
	if *known == nil {
		*known = map[string]ID{}
	}
	(*known)[name] = id
	return id
}

const tenantPrefix = "tenant:"

func tenantID(tenant string) ID {
	if !tenantForm.MatchString(tenant) {
		return Unassigned
	}
	return ID(tenantPrefix + tenant)
}

func domainID(domain string) ID {
	if ascii := normalDomain(domain); ascii != "" {
		return ID(ascii)
	}
	return Unassigned
}

func hostID(host string) ID {
	if d := HostDomain(host); isHostName(d) || isAddr(d) {
		return ID(d)
	}
	return Unassigned
}

// Names returns under which id each inferred organisation is shown. accounts
// holds, for each id that [Inferrer.Infer] gave, its accounts' domains by
// number of accounts. A tenant is shown as the domain that most of its
// accounts have, of equal ones the first by name, else as it is. Two that end
// under one id are one organisation.
//
// Count accounts that are known to exist, such as those that signed in: who
// types a thousand names of another domain at a tenant must not rename it.
func Names(accounts map[ID]map[string]int) map[ID]ID {
	names := make(map[ID]ID, len(accounts))
	for id, domains := range accounts {
		names[id] = id
		if !strings.HasPrefix(string(id), tenantPrefix) {
			continue
		}
		counts := map[ID]int{} // the same domain may be spelled in ASCII and not
		for domain, n := range domains {
			if d := domainID(domain); d != Unassigned && n > 0 {
				counts[d] += n
			}
		}
		most := 0
		for _, d := range slices.Sorted(maps.Keys(counts)) {
			if counts[d] > most {
				names[id], most = d, counts[d]
			}
		}
	}
	return names
}
