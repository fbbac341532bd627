package amocrm

import "slices"

// HostSuffixes are the domains under which accounts of amoCRM and Kommo live.
func HostSuffixes() []string { return slices.Clone(hosts) }
