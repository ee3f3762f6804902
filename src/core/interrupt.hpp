#pragma once

namespace sgtm {

/// From here on Ctrl-C (SIGINT) and SIGTERM only set a flag, so that long loops can save and stop at a good place. A
/// second Ctrl-C ends the program at once.
void catch_interrupts();
bool interrupted();

}  // namespace sgtm
