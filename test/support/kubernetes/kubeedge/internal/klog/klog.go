// Package klog writes log lines in the form of k8s.io/klog, and ends the program as it does. All KubeEdge programs log
// so, and an installer that shows or reads their journal sees exactly this form.
package klog

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Infof, Warningf and Errorf write one line on standard error.
func Infof(format string, values ...any)    { write('I', 2, format, values) }
func Warningf(format string, values ...any) { write('W', 2, format, values) }
func Errorf(format string, values ...any)   { write('E', 2, format, values) }

// ErrorAt is Errorf under the name of upstream's source line.
func ErrorAt(place, format string, values ...any) { line('E', place, fmt.Sprintf(format, values...)) }

// ErrorS writes an error in klog's structured form.
func ErrorS(place string, err error, message string) {
	line('E', place, fmt.Sprintf("%q err=%q", message, err.Error()))
}

// Exitf ends the program with 1, as klog.Exit does.
func Exitf(format string, values ...any) {
	write('F', 2, format, values)
	os.Exit(1)
}

// FatalAt ends the program with 255, as klog.Fatal does, under the name of upstream's source line.
func FatalAt(place, format string, values ...any) {
	line('F', place, fmt.Sprintf(format, values...))
	os.Exit(255)
}

func write(level byte, depth int, format string, values []any) {
	_, file, number, _ := runtime.Caller(depth)
	line(level, fmt.Sprintf("%s:%d", filepath.Base(file), number), fmt.Sprintf(format, values...))
}

func line(level byte, place, message string) {
	now := time.Now().Format("0102 15:04:05.000000")
	fmt.Fprintf(os.Stderr, "%c%s %7d %s] %s\n", level, now, os.Getpid(), place, message)
}
