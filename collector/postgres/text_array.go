package postgres

import (
	"encoding/binary"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// textArray encodes lists of texts as pgx does, in one go: pgx makes room for one text after the other, and copies what is there each time that it is
// not enough, which took as long as all else that a collector does for PostgreSQL.
type textArray struct{ *pgtype.ArrayCodec }

// registerTypes lets a connection use textArray, and know the types of all that is sent without asking the server for them, which it must not do where
// a pool hands out another connection for each transaction (default_query_exec_mode=exec).
func registerTypes(conn *pgx.Conn) {
	types := conn.TypeMap()
	types.RegisterDefaultPgType([][16]byte(nil), "_uuid")
	if text, known := types.TypeForOID(pgtype.TextOID); known {
		types.RegisterType(&pgtype.Type{Name: "_text", OID: pgtype.TextArrayOID, Codec: textArray{&pgtype.ArrayCodec{ElementType: text}}})
	}
}

// PlanEncode implements pgtype.Codec.
func (c textArray) PlanEncode(types *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if _, ok := value.([]string); ok && format == pgtype.BinaryFormatCode {
		return textArrayPlan{}
	}
	return c.ArrayCodec.PlanEncode(types, oid, format, value)
}

type textArrayPlan struct{}

// Encode implements pgtype.EncodePlan. The format is array_recv's: dimensions, whether there are nulls, the type of the elements, length and lower bound
// of the dimension, and each element behind its length.
func (textArrayPlan) Encode(value any, buffer []byte) ([]byte, error) {
	texts := value.([]string)
	size := 20 + 4*len(texts)
	for _, text := range texts {
		size += len(text)
	}
	buffer = slices.Grow(buffer, size)
	if len(texts) == 0 {
		return appendInts(buffer, 0, 0, pgtype.TextOID), nil
	}
	buffer = appendInts(buffer, 1, 0, pgtype.TextOID, uint32(len(texts)), 1)
	for _, text := range texts {
		buffer = append(binary.BigEndian.AppendUint32(buffer, uint32(len(text))), text...)
	}
	return buffer, nil
}

func appendInts(buffer []byte, numbers ...uint32) []byte {
	for _, n := range numbers {
		buffer = binary.BigEndian.AppendUint32(buffer, n)
	}
	return buffer
}
