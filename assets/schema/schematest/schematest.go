// Package schematest validates messages against the published schemas, for
// tests of the packages that make them.
package schematest

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"sourire/assets/schema"
)

// base is where the schemas say that they are.
const base = "https://sourire.example/schema/v1/"

// Validate checks payload against the schema of that name: ev, event, state,
// ack, office, cmd or res. The error names every place that is wrong.
func Validate(name string, payload []byte) error {
	schemas, err := compiled()
	if err != nil {
		return err
	}
	s, ok := schemas[name]
	if !ok {
		return fmt.Errorf("no schema is called %q", name)
	}
	message, err := jsonschema.UnmarshalJSON(bytes.NewReader(payload))
	if err != nil {
		return fmt.Errorf("validate %s: %w", name, err)
	}
	if err := s.Validate(message); err != nil {
		return fmt.Errorf("validate %s: %w", name, err)
	}
	return nil
}

var compiled = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	files, err := fs.Glob(schema.FS, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list schemas: %w", err)
	}
	c := jsonschema.NewCompiler()
	for _, file := range files {
		raw, err := schema.FS.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("read schema: %w", err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return nil, fmt.Errorf("read schema %s: %w", file, err)
		}
		if err := c.AddResource(base+file, doc); err != nil {
			return nil, fmt.Errorf("add schema %s: %w", file, err)
		}
	}
	schemas := map[string]*jsonschema.Schema{}
	for _, file := range files {
		s, err := c.Compile(base + file)
		if err != nil {
			return nil, fmt.Errorf("compile schema %s: %w", file, err)
		}
		schemas[strings.TrimSuffix(file, ".json")] = s
	}
	return schemas, nil
})
