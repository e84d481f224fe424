import Testing

@testable import SignetAuthority

@Suite("Snapshot")
struct SnapshotTests {
    @Test("shows every reader the newest value, and keeps values that were read as they were")
    func publish() {
        let snapshot = Snapshot([1])
        var early = Snapshot.Reader(snapshot)
        #expect(early.read() == [1])
        let kept = early.read()
        snapshot.publish([1, 2])
        var late = Snapshot.Reader(snapshot)
        #expect(early.read() == [1, 2])
        #expect(late.read() == [1, 2])
        #expect(kept == [1])
        #expect(snapshot.current == [1, 2])
        snapshot.publish([3])
        snapshot.publish([4])
        #expect(early.read() == [4])
        #expect(late.read() == [4])
    }

    @Test("never shows a reader an older value than before, while another thread publishes")
    func order() async {
        let snapshot = Snapshot(0)
        async let writer: Void = Task.detached {
            for value in 1...100_000 { snapshot.publish(value) }
        }.value
        await Task.detached {
            var reader = Snapshot.Reader(snapshot)
            var last = 0
            while last < 100_000 {
                let value = reader.read()
                guard value >= last else {
                    Issue.record("\(value) after \(last)")
                    return
                }
                last = value
                await Task.yield()
            }
        }.value
        await writer
    }
}
