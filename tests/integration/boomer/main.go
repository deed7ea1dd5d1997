// A Boomer worker whose every request is also noted by itself: a line "ok" or "failed" in the file NOTES. Every fourth
// one fails. After LIMIT of them it only waits, because Boomer keeps for itself what it counted last before a stop.
package main

import (
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/myzhan/boomer"
)

func main() {
	limit, err := strconv.Atoi(os.Getenv("LIMIT"))
	if err != nil {
		panic(err)
	}
	notes, err := os.OpenFile(os.Getenv("NOTES"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	var lock sync.Mutex
	count := 0
	boomer.Run(&boomer.Task{Name: "note", Weight: 1, Fn: func() {
		time.Sleep(20 * time.Millisecond)
		lock.Lock()
		defer lock.Unlock()
		if count == limit {
			return
		}
		count++
		if count%4 == 0 {
			boomer.RecordFailure("go", "note", 347, "refused by the story")
			notes.WriteString("failed\n")
		} else {
			boomer.RecordSuccess("go", "note", 12, 100)
			notes.WriteString("ok\n")
		}
	}})
}
