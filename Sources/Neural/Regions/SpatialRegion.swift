/// A rectangle of positions on a map: rows and columns, half-open, in positions of that map.
package struct SpatialRegion: Hashable, Sendable {
  package var rows: Swift.Range<Int>
  package var columns: Swift.Range<Int>

  package init(rows: Swift.Range<Int>, columns: Swift.Range<Int>) {
    self.rows = rows
    self.columns = columns
  }

  package func intersects(_ other: SpatialRegion) -> Bool {
    rows.overlaps(other.rows) && columns.overlaps(other.columns)
  }

  package func contains(_ other: SpatialRegion) -> Bool {
    rows.lowerBound <= other.rows.lowerBound && rows.upperBound >= other.rows.upperBound
      && columns.lowerBound <= other.columns.lowerBound
      && columns.upperBound >= other.columns.upperBound
  }

  /// The part of both; empty where they are apart.
  package func intersection(_ other: SpatialRegion) -> SpatialRegion {
    SpatialRegion(
      rows: rows.clamped(to: other.rows), columns: columns.clamped(to: other.columns))
  }
}

extension SpatialRegion: CustomStringConvertible {
  package var description: String {
    "rows \(rows.lowerBound)..<\(rows.upperBound), "
      + "columns \(columns.lowerBound)..<\(columns.upperBound)"
  }
}
