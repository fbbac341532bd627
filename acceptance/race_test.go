//go:build race

package acceptance

// raceEnabled makes the program under test watch for races like the test.
const raceEnabled = true
