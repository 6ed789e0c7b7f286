/// Why a network cannot be run on a part of a picture, or on several pictures at once, with exactly
/// the results that it has on the whole.
package enum RegionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// An operator whose result at one place depends on where that place lies, or on places that no
  /// bounded neighbourhood holds.
  case mixesPositions(node: String, operation: String, reason: String)
  /// Sizes or origins that do not divide as the operator needs.
  case misaligned(node: String, operation: String, reason: String)
  /// Regions so close together that an operator would read one into another.
  case tooClose(node: String, operation: String, reason: String)
  /// The network itself is not of the kind that regions make sense for.
  case unsuitable(String)

  package var description: String {
    switch self {
    case .mixesPositions(let node, let operation, let reason),
      .misaligned(let node, let operation, let reason),
      .tooClose(let node, let operation, let reason):
      "operator \(operation) (node \(node)): \(reason)"
    case .unsuitable(let reason): reason
    }
  }
}
