package import Geometry

/// An upright picture whose rows come from top to bottom, so that it never has to be in memory as a
/// whole.
package protocol RowSource: AnyObject {
  var size: Size { get }

  /// The next rows.
  ///
  /// - Parameter target: `[rows][size.width][3]` samples for some number of rows, at most as many as
  ///   are left.
  /// - Throws: `ImagingError`.
  func read(into target: UnsafeMutableBufferPointer<UInt8>) throws

  /// To be called after the last row: whether what was read holds.
  ///
  /// - Throws: `ImagingError`, for a file that changed meanwhile or is damaged after its last row.
  func finish() throws
}

/// The rows of a picture in memory.
package final class ImageRows: RowSource {
  private let image: Image
  private var next = 0

  package init(_ image: Image) { self.image = image }

  package var size: Size { image.size }

  package func read(into target: UnsafeMutableBufferPointer<UInt8>) {
    let rowLength = size.width * 3
    let count = target.count / rowLength
    precondition(
      target.count == count * rowLength && next + count <= size.height, "whole rows that are left")
    image.samples.withUnsafeBufferPointer {
      let rows = UnsafeBufferPointer(rebasing: $0[next * rowLength..<(next + count) * rowLength])
      _ = target.update(from: rows)
    }
    next += count
  }

  package func finish() {}
}
