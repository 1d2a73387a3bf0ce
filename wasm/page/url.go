package page

// Host returns the host name of a URL, or "".
func Host(url string) string {
	start := index(url, "://")
	if start < 0 {
		return ""
	}
	host := url[start+3:]
	from, end := 0, len(host)
	for i := 0; i < len(host); i++ {
		switch host[i] {
		case '/', '?', '#':
			return host[from:min(i, end)]
		case '@':
			from, end = i+1, len(host)
		case ':':
			end = min(i, end)
		case ']': // The end of an IPv6 address, whose colons begin no port.
			end = len(host)
		}
	}
	return host[from:end]
}

// splitURL returns the parts of a URL as a browser's Location has them: the protocol with its colon, the path, and the query with its
// question mark, or "" if that is all.
func splitURL(url string) (protocol, path, search string) {
	if i := index(url, "#"); i >= 0 {
		url = url[:i]
	}
	path = url
	if i := index(path, "?"); i >= 0 {
		path, search = path[:i], path[i:]
	}
	if search == "?" {
		search = ""
	}
	i := index(path, ":")
	if i < 0 {
		return "", path, search
	}
	protocol, path = path[:i+1], path[i+1:]
	if len(path) >= 2 && path[:2] == "//" {
		path = path[2:]
		slash := index(path, "/")
		if slash < 0 {
			slash = len(path)
		}
		path = path[slash:]
	}
	return protocol, path, search
}

// queryParameter returns the decoded value of a parameter in the query of a URL.
func queryParameter(url, name string) string {
	i := index(url, "?")
	if i < 0 || name == "" {
		return ""
	}
	rest := url[i+1:]
	if end := index(rest, "#"); end >= 0 {
		rest = rest[:end]
	}
	for rest != "" {
		pair := rest
		if end := index(rest, "&"); end >= 0 {
			pair, rest = rest[:end], rest[end+1:]
		} else {
			rest = ""
		}
		if len(pair) > len(name) && pair[:len(name)] == name && pair[len(name)] == '=' {
			return decode(pair[len(name)+1:])
		}
	}
	return ""
}

func decode(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b = append(b, ' ')
		case s[i] == '%' && i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16:
			b = append(b, hexValue(s[i+1])<<4|hexValue(s[i+2]))
			i += 2
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// hexValue returns the value of a hexadecimal digit, or 16 for any other byte.
func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

func index(s, part string) int {
	for i := 0; i+len(part) <= len(s); i++ {
		if s[i:i+len(part)] == part {
			return i
		}
	}
	return -1
}

func contains(s, part string) bool { return index(s, part) >= 0 }
