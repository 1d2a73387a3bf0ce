package jsontext

// TypeOf returns JSON Schema's name of the type of a value, which must be valid JSON: string, object, array, boolean, null, number, or integer for a
// number without a fraction and an exponent.
func TypeOf(raw string) string {
	switch raw[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	for _, c := range []byte(raw) {
		if c == '.' || c == 'e' || c == 'E' {
			return "number"
		}
	}
	return "integer"
}
