package jsontext

// AppendInt appends n in decimal to dst and returns the extended slice.
func AppendInt(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
	}
	var digits [20]byte
	i := len(digits)
	for {
		i--
		d := n % 10
		if d < 0 {
			d = -d
		}
		digits[i] = byte('0' + d)
		if n /= 10; n == 0 {
			return append(dst, digits[i:]...)
		}
	}
}

// ParseInt parses an integer of at most 18 digits, which cannot overflow. ok is false for anything else.
func ParseInt(s string) (n int64, ok bool) {
	negative := len(s) > 0 && s[0] == '-'
	if negative {
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 18 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// AppendThousandths appends n/1000 with three decimals to dst, and returns the extended slice. It writes milliseconds as seconds.
func AppendThousandths(dst []byte, n int64) []byte {
	if n < 0 {
		dst, n = append(dst, '-'), -n
	}
	dst = AppendInt(dst, n/1000)
	f := n % 1000
	return append(dst, '.', byte('0'+f/100), byte('0'+f/10%10), byte('0'+f%10))
}
