internal import SignetAuthority

/// What is made ready for its next use by `reset`, keeping its memory.
protocol Reusable: AnyObject {
    init()
    func reset()
}

extension Issuance: Reusable {}
extension AccessGrant: Reusable {}
extension Renewal: Reusable {}
extension Verification: Reusable {}

/// Objects of one loop that are used again, so that a steady load allocates nothing.
struct Spares<Object: Reusable> {
    /// Kept at most; more than a busy loop has in flight, batch calls included.
    private static var countMax: Int { 2048 }

    private var objects: [Object] = []

    /// One that was given back, or a new one.
    mutating func lease() -> Object { objects.popLast() ?? Object() }

    /// Takes back an object that nobody uses any more.
    mutating func giveBack(_ object: Object) {
        object.reset()
        if objects.count < Self.countMax { objects.append(object) }
    }
}
