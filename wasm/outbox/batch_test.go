package outbox

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzFormIsReadBack(f *testing.F) {
	f.Add(`{"event":"Ä & b","properties":{"a":"1+1=2;%25 #"}}`)
	f.Add("\x00\xff\u2028\"<>\\")
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery("data=" + string(appendForm(nil, text)) + "&more=1")
		require.NoError(t, err)
		assert.Equal(t, url.Values{"data": {text}, "more": {"1"}}, values)
	})
}

func TestJSONStaysShortInAForm(t *testing.T) {
	text := `{"event":"Item_Viewed","properties":{"price":19.99,"url":"https://example.com/a/b?c","tags":["x","y"],"ok":true}}`
	assert.Equal(t, text, string(appendForm(nil, text)))
}
