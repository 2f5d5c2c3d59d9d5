// Runs commands in turn, and prints a line of JSON about each process. In Go, because a process that Node or a shell starts takes
// milliseconds more, and only wait4 reports its peak memory.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

type command struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	// Variables as NAME=VALUE, in addition to the own environment.
	Env []string `json:"env"`
}

// A request to run all commands this many times; the answers are in the order of turns and commands.
type request struct {
	Turns    int       `json:"turns"`
	Commands []command `json:"commands"`
}

type use struct {
	Name      string  `json:"name"`
	WallMs    float64 `json:"wallMs"`
	CPUMs     float64 `json:"cpuMs"`
	PeakBytes int64   `json:"peakBytes"`
}

func main() {
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	encoder := json.NewEncoder(os.Stdout)
	for {
		var asked request
		if err := decoder.Decode(&asked); err != nil {
			return
		}
		for range asked.Turns {
			for _, each := range asked.Commands {
				if err := encoder.Encode(run(each)); err != nil {
					return
				}
			}
		}
	}
}

func run(asked command) use {
	process := exec.Command(asked.Args[0], asked.Args[1:]...)
	process.Env = append(os.Environ(), asked.Env...)
	process.Stderr = os.Stderr
	started := time.Now()
	err := process.Run()
	wall := time.Since(started)
	if err != nil {
		fmt.Fprintln(os.Stderr, asked.Args, err)
		os.Exit(1)
	}
	state := process.ProcessState
	usage := state.SysUsage().(*syscall.Rusage)
	return use{
		Name:      asked.Name,
		WallMs:    float64(wall.Microseconds()) / 1000,
		CPUMs:     float64((state.UserTime() + state.SystemTime()).Microseconds()) / 1000,
		PeakBytes: usage.Maxrss * 1024,
	}
}
