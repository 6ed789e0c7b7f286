package import Detectors
package import Geometry

/// One look that a strategy plans: where, how large, mirrored or not, and which of the boxes found
/// count.
package struct PlannedPass: Hashable, Sendable {
  package var kind: PassReport.Kind
  /// Unique among the passes of a picture.
  package var name: String
  /// Source pixels seen; whole numbers. May reach beyond the picture on the right and below, where
  /// it is grey.
  package var region: Box
  /// The size at which the region is looked at, relative to what the detector would choose for it.
  package var scale = 1.0
  package var isMirrored = false
  /// Sizes of objects that this pass answers for; `nil` for all.
  package var range: ScaleRange?
  /// Boxes that end at a side of the region within the picture are cut there, and are left to the
  /// neighbour if its overlap holds them whole; `nil` keeps all.
  package var innerBorder: InnerBorder?

  package init(kind: PassReport.Kind, name: String, region: Box) {
    self.kind = kind
    self.name = name
    self.region = region
  }

  /// Whether a box found by this pass counts.
  ///
  /// - Parameter box: In source pixels.
  package func answers(for box: Box, in source: Size) -> Bool {
    if let range, !range.contains(box) { return false }
    return !(innerBorder?.cuts(box, of: region, in: source) ?? false)
  }
}

/// What becomes of boxes that a window's side cuts.
package struct InnerBorder: Hashable, Sendable {
  /// Boxes that come so near to a side, in source pixels, count as cut.
  package var margin: Double
  /// Cut boxes up to so many source pixels across the side are dropped: another pass sees the object
  /// whole. Infinite where the whole picture is looked at too.
  package var seenElsewhere: Size2

  /// A width and height that need not be whole.
  package struct Size2: Hashable, Sendable {
    package var width: Double
    package var height: Double

    package init(width: Double, height: Double) {
      self.width = width
      self.height = height
    }
  }

  package init(margin: Double, seenElsewhere: Size2) {
    self.margin = margin
    self.seenElsewhere = seenElsewhere
  }

  /// Whether a side of `region` within the picture cuts the box so that it is to be dropped.
  package func cuts(_ box: Box, of region: Box, in source: Size) -> Bool {
    if box.width <= seenElsewhere.width {
      if region.minX > 0 && box.minX <= region.minX + margin { return true }
      if region.maxX < Double(source.width) && box.maxX >= region.maxX - margin { return true }
    }
    if box.height <= seenElsewhere.height {
      if region.minY > 0 && box.minY <= region.minY + margin { return true }
      if region.maxY < Double(source.height) && box.maxY >= region.maxY - margin { return true }
    }
    return false
  }
}

/// A scale as names have it: `1x`, `0.5x`, `0.707x`.
func scaleName(_ scale: Double) -> String {
  let thousandths = Int((min(max(scale, 0), 1e6) * 1000).rounded())
  let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
  guard rest > 0 else { return "\(whole)x" }
  var digits = String(1000 + rest).dropFirst()
  while digits.last == "0" { digits.removeLast() }
  return "\(whole).\(digits)x"
}

extension Box {
  /// `x,y wxh` in whole pixels.
  var regionName: String {
    "\(Int(minX)),\(Int(minY)) \(Int(maxX - minX))x\(Int(maxY - minY))"
  }

  init(whole size: Size) {
    self.init(minX: 0, minY: 0, maxX: Double(size.width), maxY: Double(size.height))
  }
}
