package board

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// header is the 40-pin header of a Raspberry Pi: the pin of each line.
var header = map[string]string{
	"GPIO2": "3", "GPIO3": "5", "GPIO4": "7", "GPIO14": "8", "GPIO15": "10", "GPIO17": "11", "GPIO18": "12", "GPIO27": "13",
	"GPIO22": "15", "GPIO23": "16", "GPIO24": "18", "GPIO10": "19", "GPIO9": "21", "GPIO25": "22", "GPIO11": "23", "GPIO8": "24",
	"GPIO7": "26", "GPIO5": "29", "GPIO6": "31", "GPIO12": "32", "GPIO13": "33", "GPIO19": "35", "GPIO16": "36", "GPIO26": "37",
	"GPIO20": "38", "GPIO21": "40",
}

var lineName = regexp.MustCompile(`GPIO\d+`)

// A row of a table that names one line has a cell with its pin, and no other
// line has that pin.
func TestTheTablesHaveTheHeadersPins(t *testing.T) {
	for _, file := range []string{"README.md", "display/README.md"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		used := map[string]string{}
		for row := range strings.Lines(string(raw)) {
			named := lineName.FindAllString(row, -1)
			if !strings.HasPrefix(row, "|") || len(named) != 1 {
				continue
			}
			pin := header[named[0]]
			if !slices.ContainsFunc(strings.Split(row, "|"), func(cell string) bool { return strings.TrimSpace(cell) == pin }) {
				t.Errorf("%s: %s is on pin %q, but not in%s", file, named[0], pin, row)
			}
			if used[pin] != "" {
				t.Errorf("%s: pin %s is used twice", file, pin)
			}
			used[pin] = named[0]
		}
		if len(used) < 8 {
			t.Errorf("%s: only %d lines are wired", file, len(used))
		}
	}
}

// The parts add up, to less than 100 EUR.
func TestTheBillOfMaterials(t *testing.T) {
	raw, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, bill, _ := strings.Cut(string(raw), "## Bill of materials")
	sum := 0
	for row := range strings.Lines(bill) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			continue
		}
		euros, err := strconv.Atoi(strings.Trim(cells[3], " *"))
		if err != nil {
			continue // the head
		}
		if !strings.Contains(cells[1], "together") {
			sum += euros
			continue
		}
		if euros != sum || sum >= 100 || sum < 50 {
			t.Errorf("the parts cost %d EUR, said to be %d; want less than 100", sum, euros)
		}
		return
	}
	t.Error("there is no sum")
}
