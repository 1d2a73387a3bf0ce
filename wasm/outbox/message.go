package outbox

import "github.com/throughline/throughline/identity/jsontext"

// message is the JSON of one message in two parts: a head that it may share with others, and the rest.
type message struct{ head, rest string }

func (m message) len() int { return len(m.head) + len(m.rest) }

func (m message) json() string { return m.head + m.rest }

// object reports whether it at least begins as an object, and has something to end with.
func (m message) looksLikeObject() bool {
	return m.rest != "" && (m.head != "" && m.head[0] == '{' || m.head == "" && m.rest[0] == '{')
}

// A segment's text has a line for each message. Those that follow each other with the same head share one: it stands in a line of its
// own, which begins with headMark, and each of their lines has the rest, behind restMark. Most of an event is its head, so that
// storage takes a fraction of the bytes.
const (
	headMark = '='
	restMark = '+'
)

// encode makes a segment's text of messages.
func encode(messages []message) string {
	if len(messages) == 1 {
		return messages[0].json()
	}
	b := make([]byte, 0, encodedLen(messages))
	head := ""
	for i, m := range messages {
		if i > 0 {
			b = append(b, '\n')
		}
		if m.head != "" {
			if m.head != head {
				head = m.head
				b = append(append(append(b, headMark), head...), '\n')
			}
			b = append(b, restMark)
		}
		b = append(b, m.rest...)
	}
	return jsontext.Text(b)
}

// encodedLen returns how many bytes the text of messages has at most.
func encodedLen(messages []message) int {
	n := 0
	head := ""
	for _, m := range messages {
		n += len(m.rest) + 2
		if m.head != head {
			head = m.head
			n += len(head) + 2
		}
	}
	return n
}

// decode appends the messages of a segment's text. What is damaged comes out as something that is no JSON.
func decode(messages []message, text string) []message {
	head := ""
	for more := true; more; {
		var line string
		line, text, more = jsontext.Line(text)
		switch {
		case len(line) > 0 && line[0] == headMark:
			head = line[1:]
		case len(line) > 0 && line[0] == restMark:
			messages = append(messages, message{head, line[1:]})
		default:
			messages = append(messages, message{"", line})
		}
	}
	return messages
}

// expanded returns how many bytes messages have when each stands for itself, a line each: what the bounds count.
func expandedLen(messages []message) int {
	n := len(messages) - 1
	for _, m := range messages {
		n += m.len()
	}
	return n
}
