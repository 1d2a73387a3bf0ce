package outbox

import "github.com/throughline/throughline/identity/jsontext"

// message is the JSON of one message in two parts: a head, which it may share with other messages, and the rest.
type message struct{ head, rest string }

func (m message) len() int { return len(m.head) + len(m.rest) }

func (m message) json() string { return m.head + m.rest }

// isObject reports whether the message begins like a JSON object and is not cut off after its head.
func (m message) isObject() bool {
	return m.rest != "" && (m.head != "" && m.head[0] == '{' || m.head == "" && m.rest[0] == '{')
}

// The text of a segment has one line per message. Consecutive messages with the same head share it: the head is written once, in a line
// that begins with headMark, and each of their lines consists of restMark and the rest. Most of an event is its head, so that this
// saves most of the space in storage.
const (
	headMark = '='
	restMark = '+'
)

// encode returns the text of a segment with these messages.
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
	return jsontext.UnsafeString(b)
}

// encodedLen returns the maximum length in bytes of the text that encode returns.
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

// decode appends the messages in the text of a segment to messages. Damaged lines result in messages that are not valid JSON.
func decode(messages []message, text string) []message {
	head := ""
	for more := true; more; {
		var line string
		line, text, more = jsontext.CutLine(text)
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

// expandedLen returns the length in bytes of the messages written one per line, without sharing heads. MaxBytes limits this length.
func expandedLen(messages []message) int {
	n := len(messages) - 1
	for _, m := range messages {
		n += m.len()
	}
	return n
}
