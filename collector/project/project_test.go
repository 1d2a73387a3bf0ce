package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLoad(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "tokens.txt")
	require.NoError(t, os.WriteFile(path, []byte("\ufeff# the shop\nabc\r\n\n  def: s3cret-of-def \nghi\ts3cret-of ghi\nabc\n"), 0o600))
	for _, flag := range []string{"abc,def:s3cret-of-def,ghi:s3cret-of ghi", " abc , def s3cret-of-def,,ghi\ts3cret-of ghi", path, "@" + path} {
		list, err := Load(flag)
		require.NoError(t, err, flag)
		for token, secret := range map[string]string{"abc": "", "def": "s3cret-of-def", "ghi": "s3cret-of ghi"} {
			assert.True(t, list.Has(token), flag)
			assert.Equal(t, secret != "", list.HasSecret(token), flag)
			assert.Equal(t, secret == "", list.Check().Opens(token), flag)
			assert.True(t, list.Check("x", secret).Opens(token), flag)
		}
		for _, token := range []string{"", "ab", "abcd", "ABC", "# the shop", "s3cret-of-def", " abc"} {
			assert.False(t, list.Has(token), token)
		}
	}
	t.Chdir(folder)
	list, err := Load("@tokens.txt")
	require.NoError(t, err)
	assert.True(t, list.Has("def"))
	list, err = Load(" ")
	require.NoError(t, err)
	assert.Nil(t, list)
	assert.True(t, list.Has("any"))
	assert.False(t, list.HasSecret("any"))
	assert.True(t, list.Check("x").Opens("any"))
}

func TestLoadFails(t *testing.T) {
	for flag, want := range map[string]string{
		"@nowhere": "no such file", "./nowhere": "no such file", ",": "no token is in it", ":12345678": "a token must be", "abc:short": "at least 8 bytes", "abc:": "at least 8 bytes",
		"abc,abc:12345678": "twice", "abc:12345678,abc:123456789": "twice", strings.Repeat("x", 256): "at most 255", "ab\xff": "a token must be", strings.Repeat("x", 100_000): "too long",
	} {
		_, err := Load(flag)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "12345678", "secrets are not logged")
	}
}

func TestCredentials(t *testing.T) {
	list, err := Parse("a:secret-of-a\nb:secret-of-b\nc\nd:secret-of-a")
	require.NoError(t, err)
	assert.Equal(t, "b", list.Check("secret-of-b", "x", "").Only())
	assert.Empty(t, list.Check("secret-of-a").Only(), "two projects share it")
	assert.Empty(t, list.Check("b", "", "secret-of-").Only())
	c := list.Check("secret-of-a")
	for token, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true, "unknown": true} {
		assert.Equal(t, want, c.Opens(token), token)
	}
}

// FuzzParse parses any file. A token that is in it may send, and its secret opens it and no other project.
func FuzzParse(f *testing.F) {
	f.Add("abc\ndef:12345678\n# x")
	f.Add("0\r 00000000")
	f.Add("a b c d e f g h i")
	f.Add("\ufeff::\r\n\t x:yyyyyyyyyyyy")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Parse(text)
		if err != nil {
			require.Nil(t, list)
			require.NotContains(t, err.Error(), "\n")
			return
		}
		for token, own := range list.secrets {
			secret := own.text
			require.True(t, list.Has(token))
			require.NotEmpty(t, token)
			require.Equal(t, token, strings.TrimSpace(token))
			require.Equal(t, secret == "", list.Check("").Opens(token))
			if secret != "" {
				require.GreaterOrEqual(t, len(secret), minSecret)
				require.True(t, list.Check(secret).Opens(token))
				require.False(t, list.Check(secret+"x").Opens(token))
			}
		}
	})
}
