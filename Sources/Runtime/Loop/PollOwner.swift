/// What the `data` of each `uv_poll_t` of ours points to, but for the one that wakes its loop.
protocol PollOwner: AnyObject {
    /// Gives the handle up. A second call does nothing.
    func close()
}
