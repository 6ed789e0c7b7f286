internal import CKernels

extension PerPicture: LowerableOperator {
  func lower(_ node: Graph.Node, into builder: inout PlanBuilder) throws -> Bool {
    switch base {
    case let convolution as Convolution:
      try convolution.lower(node, pictures: regions, into: &builder)
    case let pool as MaxPool: try pool.lower(node, pictures: regions, into: &builder)
    default: false
    }
  }
}

extension PlanMemory {
  /// Kernels that each give one picture of a value, together with one that sets what lies between
  /// the pictures to 0.
  func together(
    _ kernels: [UnsafeMutablePointer<ck_op>?], isa: ck_isa, target: BlockedValue,
    regions: [SpatialRegion]
  ) -> UnsafeMutablePointer<ck_op>? {
    let rectangles = regions.flatMap { region in
      [
        region.rows.lowerBound, region.rows.upperBound, region.columns.lowerBound,
        region.columns.upperBound,
      ].map { Int32(clamping: $0) }
    }
    let filling = withUnsafePointer(to: blocked(target)) {
      ck_fill_outside(isa, $0, $0, rectangles, Int32(clamping: regions.count), 0)
    }
    let all = kernels + [filling]
    return ck_together(all, Int32(clamping: all.count))
  }
}

extension ck_planar {
  /// A rectangle of every picture.
  func part(_ region: SpatialRegion) -> ck_planar {
    var part = self
    part.values += region.rows.lowerBound * row + region.columns.lowerBound
    part.height = Int32(region.rows.count)
    part.width = Int32(region.columns.count)
    return part
  }
}
