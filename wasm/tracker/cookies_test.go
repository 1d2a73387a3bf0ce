package tracker

// cookieJar has the cookies of one site, which its subdomains share unless they belong to one host alone.
type cookieJar map[string]string

func (j *cookieJar) get(name string) string {
	if j == nil {
		return ""
	}
	return (*j)[name]
}

func (j *cookieJar) set(c *Cookie) bool {
	if j == nil {
		return false
	}
	if c.Value == "" {
		delete(*j, c.Name)
	} else {
		(*j)[c.Name] = c.Value
	}
	return true
}
