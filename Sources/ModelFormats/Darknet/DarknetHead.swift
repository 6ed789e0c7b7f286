/// Placeholder.
package struct DarknetHead: Hashable, Sendable {}
