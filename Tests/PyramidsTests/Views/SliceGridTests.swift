import Geometry
import Pyramids
import TestSupport
import Testing

@Suite struct SliceGridTests {
  private func slices(
    _ width: Int, _ height: Int, slice: Int, overlap: Int
  ) throws -> [[Int]] {
    try SliceGrid(
      source: Size(width: width, height: height), slice: Size(width: slice, height: slice),
      overlap: Size(width: overlap, height: overlap)
    ).slices.map {
      [$0.columns.lowerBound, $0.rows.lowerBound, $0.columns.upperBound, $0.rows.upperBound]
    }
  }

  /// Results of `sahi.slicing.get_slice_bboxes` (sahi 0.12.8) with the same arguments.
  @Test func slicesOfTheOriginal() throws {
    #expect(
      try slices(640, 480, slice: 512, overlap: 102) == [[0, 0, 512, 480], [128, 0, 640, 480]])
    #expect(try slices(512, 512, slice: 512, overlap: 102) == [[0, 0, 512, 512]])
    #expect(
      try slices(513, 512, slice: 512, overlap: 102) == [[0, 0, 512, 512], [1, 0, 513, 512]])
    #expect(
      try slices(1000, 700, slice: 512, overlap: 102) == [
        [0, 0, 512, 512], [410, 0, 922, 512], [488, 0, 1000, 512],
        [0, 188, 512, 700], [410, 188, 922, 700], [488, 188, 1000, 700],
      ])
    #expect(try slices(100, 50, slice: 512, overlap: 102) == [[0, 0, 100, 50]])
  }

  @Test func coverEverythingWithTheOverlap() throws {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<200 {
      let source = Size(
        width: Int.random(in: 1...900, using: &generator),
        height: Int.random(in: 1...900, using: &generator))
      let side = Int.random(in: 2...300, using: &generator)
      let overlap = Int.random(in: 0..<side, using: &generator)
      guard
        let grid = try? SliceGrid(
          source: source, slice: Size(width: side, height: side),
          overlap: Size(width: overlap, height: overlap))
      else { continue }
      var columns: [Range<Int>] = []
      for slice in grid.slices where !columns.contains(slice.columns) {
        columns.append(slice.columns)
      }
      #expect(columns.first?.lowerBound == 0 && columns.last?.upperBound == source.width)
      #expect(grid.slices.last?.rows.upperBound == source.height)
      for (before, after) in zip(columns, columns.dropFirst()) {
        #expect(before.upperBound - after.lowerBound >= overlap)
        #expect(after.count == min(side, source.width))
      }
    }
  }

  @Test func refusals() {
    #expect(throws: PyramidError.self) { try slices(10, 10, slice: 4, overlap: 4) }
    #expect(throws: PyramidError.self) { try slices(10, 10, slice: 0, overlap: 0) }
    #expect(throws: PyramidError.self) { try slices(1 << 30, 1 << 30, slice: 1, overlap: 0) }
  }
}
