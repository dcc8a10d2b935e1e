package tunnel

import "context"

// enter notes a connection that keeps the tunnel up. It is false when the tunnel is
// on its way out.
func (s *server) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.used++
	s.timer.Stop()
	return true
}

// leave notes that such a connection has ended.
func (s *server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used--; s.used == 0 && !s.closed {
		s.timer.Reset(s.spec.Lasts())
	}
}

// touch begins the time of rest anew.
func (s *server) touch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used == 0 && !s.closed {
		s.timer.Reset(s.spec.Lasts())
	}
}

// tired ends the tunnel unless somebody came at the last moment.
func (s *server) tired() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.used == 0 {
		s.close()
	}
}

// end makes the tunnel go away: from now on nobody listens on the port.
func (s *server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.close()
}

// close does so while s.mu is held.
func (s *server) close() {
	if s.closed {
		return
	}
	s.closed = true
	s.timer.Stop()
	_ = s.listener.Close()
	close(s.ended)
}

// shut ends all that the tunnel started and waits for it.
func (s *server) shut(cancel context.CancelFunc) {
	s.end()
	cancel()
	s.link.down()
	s.live.Wait()
}
