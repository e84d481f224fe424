/// Objects of one loop that are used again, so that a steady load allocates nothing.
struct Spares<Object: AnyObject> {
    /// Kept at most; more than a busy loop has in flight.
    private static var countMax: Int { 1024 }

    private var objects: [Object] = []

    /// One that was given back, or a new one.
    mutating func lease(_ make: () -> Object) -> Object { objects.popLast() ?? make() }

    /// Takes back an object that is ready for its next use.
    mutating func giveBack(_ object: Object) {
        if objects.count < Self.countMax { objects.append(object) }
    }
}
