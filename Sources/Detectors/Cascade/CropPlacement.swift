package import Geometry

/// Where the part of a box inside the picture lies in the picture and on the crop's canvas.
///
/// All positions are 1-based and inclusive.
package struct CropPlacement: Hashable, Sendable {
  /// One axis.
  package struct Span: Hashable, Sendable {
    /// Samples of the whole box.
    package var canvasCount: Int
    /// The part inside, in the picture.
    package var sourceFirst: Int
    package var sourceLast: Int
    /// The same part on the canvas.
    package var canvasFirst: Int
    package var canvasLast: Int

    init(from first: Int, to last: Int, limit: Int) {
      canvasCount = last - first + 1
      sourceFirst = max(first, 1)
      sourceLast = min(last, limit)
      canvasFirst = sourceFirst - first + 1
      canvasLast = sourceLast - first + 1
    }
  }

  package var x: Span
  package var y: Span

  /// - Parameters:
  ///   - box: 1-based, inclusive; its edges are truncated.
  ///   - size: The picture's size.
  /// - Returns: `nil` for edges that are not finite or beyond 2^24 pixels.
  package init?(_ box: Box, in size: Size) {
    let edges = [box.minX, box.minY, box.maxX, box.maxY]
    guard edges.allSatisfy({ abs($0) < 16_777_216 }) else { return nil }
    x = Span(from: Int(box.minX), to: Int(box.maxX), limit: size.width)
    y = Span(from: Int(box.minY), to: Int(box.maxY), limit: size.height)
  }

  /// Whether no pixel of the box lies in the picture.
  package var isEmpty: Bool { x.sourceLast < x.sourceFirst || y.sourceLast < y.sourceFirst }
}
