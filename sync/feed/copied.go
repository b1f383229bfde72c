package feed

import (
	"context"

	"sourire/sync/mqtt"
	"sourire/sync/wire"
)

// copied deals with a watermark that does not fit our history: this card is an
// old copy, and the epoch must end. First the office has to have our side of
// it.
func (p *pump) copied(ctx context.Context, why error) error {
	if err := p.sendRest(ctx, p.conn); err != nil {
		return err // the watermark is retained: it comes again
	}
	return why
}

// SendRest publishes, on a connection of its own, what the office may not have
// of an epoch that has ended with [ErrCopied]. Call it when nothing is appended
// any more and Run has returned.
func (f *Feed) SendRest(ctx context.Context) error {
	conn, err := mqtt.Dial(ctx, mqtt.Options{
		URL: f.config.URL, ClientID: f.source.Identity().String(),
		Username: f.config.Username, Password: f.config.Password, TLS: f.config.TLS,
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	return f.sendRest(ctx, conn)
}

// sendRest publishes all that follows the watermark, one batch after another.
func (f *Feed) sendRest(ctx context.Context, conn *mqtt.Conn) error {
	seq, head := f.source.Watermark()
	for {
		links, err := f.source.After(seq, wire.MaxEvents)
		if err != nil || len(links) == 0 {
			return err
		}
		links = links[:batchLength(links)]
		payload := wire.EncodeBatch(f.source.Identity(), f.source.Epoch(), head, links, f.source.Key())
		topic := wire.Topic(f.source.Identity(), wire.LeafEvents)
		if err := conn.Publish(ctx, mqtt.Message{Topic: topic, Payload: payload}); err != nil {
			return err
		}
		last := links[len(links)-1]
		seq, head = last.Seq, last.Head
	}
}
