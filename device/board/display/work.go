package display

import "fmt"

// work does the jobs, one after the other, and closes the panel at the end.
func work(open func() (Panel, error), jobs <-chan job, outcomes chan<- outcome) {
	w := worker{open: open}
	for j := range jobs {
		outcomes <- w.do(j)
	}
	w.close()
}

// worker makes all the calls of a driver.
type worker struct {
	open  func() (Panel, error)
	panel Panel // nil after an error
}

// do does a job. A driver that panics has failed, and nothing else has.
func (w *worker) do(j job) (o outcome) {
	defer func() {
		if r := recover(); r != nil {
			o = outcome{err: fmt.Errorf("the driver failed: %v", r)}
		}
		if o.err != nil {
			w.close()
		}
	}()
	if j.fresh {
		w.close()
	}
	if w.panel == nil {
		p, err := w.open()
		if err != nil {
			return outcome{err: err}
		}
		w.panel = p
	}
	if err := w.panel.Show(j.scene, j.page); err != nil {
		return outcome{err: err}
	}
	return outcome{pages: w.panel.Pages(j.scene), renew: w.panel.Renew()}
}

// close lets go of the panel. What the driver says to that does not matter:
// the error before it says more, and the next panel is a new one.
func (w *worker) close() {
	if w.panel == nil {
		return
	}
	p := w.panel
	w.panel = nil
	defer func() { _ = recover() }()
	_ = p.Close()
}
