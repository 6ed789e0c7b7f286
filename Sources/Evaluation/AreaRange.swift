/// A range of object areas by which COCO's results are broken down, in square pixels.
package struct AreaRange: Hashable, Sendable {
  /// The least area inside the range.
  package var least: Double
  /// The greatest area inside the range.
  package var greatest: Double

  package init(_ least: Double, _ greatest: Double) {
    self.least = least
    self.greatest = greatest
  }

  /// Both limits belong to the range: an object of 32² pixels is small and medium.
  package func contains(_ area: Double) -> Bool { area >= least && area <= greatest }

  package static let all = AreaRange(0, 1e10)
  package static let small = AreaRange(0, 1024)
  package static let medium = AreaRange(1024, 9216)
  package static let large = AreaRange(9216, 1e10)
}
