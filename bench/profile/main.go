// Profile runs the whole scan in one process and writes where its time and
// memory went.
//
//	profile [-cpu FILE] [-heap FILE] [-allocs FILE] [-workers N] PATH…
//	go tool pprof -top profile FILE
//
// The heap is that of the moment before the result is let go, so it holds
// facts and findings, and nothing that reading needed.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"

	"github.com/pumphandle/pumphandle/run"
)

func main() {
	cpu := flag.String("cpu", "", "write a CPU profile there")
	heap := flag.String("heap", "", "write there what is held at the end")
	allocs := flag.String("allocs", "", "write there what was allocated on the way")
	workers := flag.Int("workers", runtime.GOMAXPROCS(0), "files read at the same time")
	flag.Parse()
	if err := profile(*cpu, *heap, *allocs, run.Config{Paths: flag.Args(), Workers: *workers}); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func profile(cpu, heap, allocs string, cfg run.Config) error {
	if heap != "" || allocs != "" {
		runtime.MemProfileRate = 16 << 10
	}
	if cpu != "" {
		f, err := os.Create(cpu)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	result, err := run.Scan(context.Background(), cfg)
	if err != nil {
		return err
	}
	fmt.Printf("%d events, %d campaigns, %d findings in %.2f s\n", result.Stats.Events, len(result.Campaigns), len(result.Findings), result.Stats.Seconds)
	for name, file := range map[string]string{"heap": heap, "allocs": allocs} {
		if file == "" {
			continue
		}
		runtime.GC()
		f, err := os.Create(file)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.Lookup(name).WriteTo(f, 0); err != nil {
			return err
		}
	}
	runtime.KeepAlive(result)
	return nil
}
