// Package deb makes the Debian packages, by nfpm. Its tests have the build tag
// deb, want root and the packages of `make deb`, and are part of `make prove`.
//
// What the packages do on a machine:
//
//   - Installed, the terminal waits for its configuration. It is enabled and
//     started by itself only where /etc/sourire/terminal.toml was there before
//     and check finds nothing wrong: so it is in an image, and nobody's terminal
//     comes up with the identity of a sample. The sample is no conffile: it is no
//     setting that fits most machines, the service itself writes it (a pin's
//     hash), and dpkg would ask about it at every upgrade, of nobody.
//   - During an upgrade the old version takes presses until the new one is
//     started. Before dpkg passes the point of no return, postrm asks the new
//     program, already in place, whether it can run with the configuration. If
//     not, dpkg puts the old files back, and the terminal has noticed nothing.
//   - Removed, it leaves configuration and journal. Purged, it leaves the
//     journal: presses that head office may not have yet, and the key that signs
//     them, are nobody's to delete unasked.
package deb
