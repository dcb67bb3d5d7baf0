package database

import (
	"encoding/binary"
	"io"
	"math"
	"net"
	"sync"
	"testing"
)

// myServer speaks as much of MySQL's protocol as a driver needs that prepares a query and reads its rows: version 10 of the
// handshake, prepared statements, binary result sets. It lets in any user and gives prepared answers. It is no database:
// what MySQL does with a query is seen only with WEIR_TEST_MYSQL.
type myServer struct {
	answers map[string]myAnswer // by query
	hello   []byte              // instead of the handshake's first packet
	mu      sync.Mutex
	heard   []string // statements, in order
}

// myAnswer is a result set, or an error.
type myAnswer struct {
	columns []myColumn
	rows    [][]any // nil, int64, uint64, float32, float64 or string
	code    uint16  // of the error sent after the rows; 0: none
}

type myColumn struct {
	name     string
	kind     byte // of the protocol's column types
	unsigned bool
	binary   bool // bytes, not text
}

// The protocol's types of columns.
const (
	myTiny, myShort, myLong, myFloat, myDouble, myLongLong = 1, 2, 3, 4, 5, 8
	myDateTime, myNewDecimal, myBlob, myVarString          = 12, 246, 252, 253
)

// start listens until the test ends and gives a DSN.
func (s *myServer) start(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(&myConn{Conn: conn})
		}
	}()
	return "weir:" + canary + "@tcp(" + listener.Addr().String() + ")/records"
}

func (s *myServer) serve(c *myConn) {
	defer c.Close()
	hello := append([]byte{10}, "8.0.0-test\x00\x01\x00\x00\x00saltsalt\x00"...)
	hello = binary.LittleEndian.AppendUint16(hello, 0xf7ff&^0x0800) // everything but TLS
	hello = append(hello, 45, 2, 0, 0x08, 0x00, 21)
	hello = append(hello, make([]byte, 10)...)
	hello = append(hello, "saltsaltsalt\x00mysql_native_password\x00"...)
	if s.hello != nil {
		hello = s.hello
	}
	c.write(hello)
	if _, err := c.read(); err != nil {
		return
	}
	c.write(myOK)
	var prepared myAnswer
	for {
		c.sequence = 0
		command, err := c.read()
		if err != nil || command[0] == 1 { // COM_QUIT
			return
		}
		switch text := string(command[1:]); command[0] {
		case 3: // COM_QUERY: settings and transactions
			s.hear(text)
			c.write(myOK)
		case 22: // COM_STMT_PREPARE
			s.hear("prepare " + text)
			answer, known := s.answers[text]
			if !known {
				c.write(myError(1064))
				continue
			}
			prepared = answer
			head := []byte{0, 1, 0, 0, 0, byte(len(answer.columns)), 0, 0, 0, 0, 0, 0}
			c.write(head)
			c.writeColumns(answer.columns)
		case 23: // COM_STMT_EXECUTE
			c.write([]byte{byte(len(prepared.columns))})
			c.writeColumns(prepared.columns)
			for _, row := range prepared.rows {
				c.write(binaryRow(prepared.columns, row))
			}
			if prepared.code != 0 {
				c.write(myError(prepared.code))
				continue
			}
			c.write(myEOF)
		}
	}
}

func (s *myServer) hear(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.heard = append(s.heard, text)
}

var (
	myOK  = []byte{0, 0, 0, 2, 0, 0, 0}
	myEOF = []byte{0xfe, 0, 0, 2, 0}
)

func myError(code uint16) []byte {
	return append([]byte{0xff, byte(code), byte(code >> 8)}, "#HY000near '"+canary+"'"...)
}

// binaryRow is a row of a binary result set: a map of NULLs, then the values in their types.
func binaryRow(columns []myColumn, row []any) []byte {
	packet := make([]byte, 1+(len(row)+9)/8)
	for i, v := range row {
		switch v := v.(type) {
		case nil:
			packet[1+(i+2)/8] |= 1 << ((i + 2) % 8)
		case int64:
			packet = append(packet, integer(uint64(v), columns[i].kind)...)
		case uint64:
			packet = append(packet, integer(v, columns[i].kind)...)
		case float32:
			packet = binary.LittleEndian.AppendUint32(packet, math.Float32bits(v))
		case float64:
			packet = binary.LittleEndian.AppendUint64(packet, math.Float64bits(v))
		case string:
			packet = append(packet, lengthCoded(v)...)
		}
	}
	return packet
}

func integer(v uint64, kind byte) []byte {
	width := map[byte]int{myTiny: 1, myShort: 2, myLong: 4, myLongLong: 8}[kind]
	return binary.LittleEndian.AppendUint64(nil, v)[:width]
}

func lengthCoded(text string) []byte {
	if len(text) < 251 {
		return append([]byte{byte(len(text))}, text...)
	}
	return append(append([]byte{0xfd}, byte(len(text)), byte(len(text)>>8), byte(len(text)>>16)), text...)
}

// myConn frames packets: a length of three bytes, a sequence number.
type myConn struct {
	net.Conn
	sequence byte
}

func (c *myConn) read() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return nil, err
	}
	c.sequence = head[3] + 1
	packet := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err := io.ReadFull(c, packet)
	return packet, err
}

func (c *myConn) write(packet []byte) {
	n := len(packet)
	c.Conn.Write(append([]byte{byte(n), byte(n >> 8), byte(n >> 16), c.sequence}, packet...))
	c.sequence++
}

func (c *myConn) writeColumns(columns []myColumn) {
	for _, column := range columns {
		packet := []byte("\x03def\x00\x00\x00")
		packet = append(packet, lengthCoded(column.name)...)
		charset := byte(45) // utf8mb4_general_ci
		if column.binary {
			charset = 63
		}
		packet = append(packet, 0, 0x0c, charset, 0, 0, 0, 0, 0, column.kind)
		flags := uint16(0)
		if column.unsigned {
			flags |= 0x20
		}
		packet = binary.LittleEndian.AppendUint16(packet, flags)
		c.write(append(packet, 0, 0, 0))
	}
	c.write(myEOF)
}
