//! Links the add-on the way each platform wants it.

fn main() {
    napi_build::setup();
}
