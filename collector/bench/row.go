package main

import "fmt"

// Every row is an event as our library sends it, with a dozen default properties and three of the page's own.
const (
	eventName  = "Item Viewed"
	properties = `{"item":"Assam tea","price":12.5,"n":%[1]d,"$os":"Linux","$browser":"Chrome","$browser_version":156,` +
		`"$current_url":"http://127.0.0.1:8080/shop/item/%[1]d","$referrer":"http://127.0.0.1:8080/shop","$referring_domain":"127.0.0.1:8080",` +
		`"$initial_referrer":"$direct","$initial_referring_domain":"$direct","$screen_height":1080,"$screen_width":1920,` +
		`"mp_lib":"throughline","$lib_version":"0.1.0","$device_id":"00000000-0000-4000-8000-%012[2]d",` +
		`"distinct_id":"%[3]s","token":"%[4]s","$insert_id":"%[5]s","time":%[6]d}`

	eventsOfVisitor = 40
	firstMS         = 1_800_000_000_000
)

// row is one event.
type row struct {
	distinctID, insertID, properties string
	ms                               int64
}

func newRow(n int, token string) row {
	visitor := n / eventsOfVisitor
	r := row{
		distinctID: fmt.Sprintf("$device:00000000-0000-4000-8000-%012d", visitor),
		insertID:   fmt.Sprintf("%016x", scatter(uint64(n))),
		ms:         firstMS + int64(n),
	}
	r.properties = fmt.Sprintf(properties, n, visitor, r.distinctID, token, r.insertID, r.ms)
	return r
}

// scatter maps numbers to numbers one to one, without recognizable order, as insert ids are random.
func scatter(n uint64) uint64 {
	n = (n + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}
