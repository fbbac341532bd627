package bitrix24

import (
	"encoding/json"

	"opendoor/offboarding"
)

// Names under which shops keep what Bitrix24 has no field for.
var (
	zoneFields    = []string{"UF_CRM_OPENDOOR_TIME_ZONE", "UF_CRM_TIME_ZONE", "UF_CRM_TIMEZONE", "TIME_ZONE"}
	foundedFields = []string{"UF_CRM_FOUNDED_ON", "UF_CRM_FOUNDATION_DATE", "UF_CRM_COMPANY_DAY"}
)

// told is the first of the record's fields in which read finds something.
func told(record json.RawMessage, names []string, read func(string) string) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil {
		return ""
	}
	for _, name := range names {
		var value scalar
		if raw, ok := fields[name]; !ok || value.UnmarshalJSON(raw) != nil {
			continue
		}
		if found := read(value.text()); found != "" {
			return found
		}
	}
	return ""
}

// birthday reads a day of birth or foundation.
func birthday(v scalar) string {
	return offboarding.ReadBirthday(v.day())
}
