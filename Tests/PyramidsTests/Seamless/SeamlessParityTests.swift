import Detectors
import FoundationEssentials
import Geometry
import Imaging
import Neural
import Pyramids
import TestSupport
import Testing

/// Real networks: tiles against the whole picture.
@Suite(
  .enabled(if: TestFiles.shared != nil, "needs ../shared"),
  .disabled(if: kernelsAreSlow, "whole models run in release builds"), .serialized)
struct SeamlessParityTests {
  static let models = [
    (TestFiles.shared ?? "") + "/models/yolo-fastest-1.1.cfg",
    TestFiles.root + "/models/centerface.onnx",
  ].filter { FileManager.default.fileExists(atPath: $0) }

  /// 4000 x 3000 with all photos asked for, else a picture of a few tiles.
  private func picture() throws -> Image {
    let shared = try #require(TestFiles.shared)
    let image = try ImageDecoder().decode(path: shared + "/photos/multiface.jpg").image
    let size =
      PackedParityTests.photos.count > 1
      ? Size(width: 4000, height: 3000) : Size(width: 1250, height: 900)
    return image.resized(to: size, filter: .antialiased(.triangle))
  }

  @Test(arguments: models) func equalsTheWholePicture(_ model: String) throws {
    var options = DetectorOptions()
    options.keepsGraph = true
    options.threads = 2
    let detector = try DetectorLoader.load(modelPath: model, options: options)
    let dense = try #require(detector as? any DenseDetector)
    let image = try picture()
    let strategy = try SeamlessTilesStrategy(coreWidth: 512, coreHeight: 512)
    let grid = try strategy.grid(for: image.size, dense)
    let (whole, boxes) = try wholePicture(dense, image, grid.whole)
    #expect(grid.tileCount > 1)

    let network = try dense.network(for: grid.tileSize)
    for row in grid.rowStarts.indices {
      for column in grid.columnStarts.indices {
        let tile = grid.tile(row: row, column: column)
        let seen = image.padded(to: grid.whole, fill: 114).cropped(
          columns: tile.originX..<tile.originX + grid.tileSize.width,
          rows: tile.originY..<tile.originY + grid.tileSize.height)
        network.withInput(0) {
          _ = dense.fill($0, canvas: grid.tileSize, from: seen, resampling: nil)
        }
        try network.run()
        for map in try dense.maps(of: network, inputSize: grid.tileSize) {
          let stride = map.strideInPixels
          func cells(_ pixels: Swift.Range<Int>, from origin: Int) -> Swift.Range<Int> {
            (pixels.lowerBound - origin) / stride..<(pixels.upperBound - origin) / stride
          }
          let expected = try #require(whole.first { $0.head == map.head }).window(
            columns: cells(tile.columns, from: 0), rows: cells(tile.rows, from: 0))
          let actual = map.window(
            columns: cells(tile.columns, from: tile.originX),
            rows: cells(tile.rows, from: tile.originY))
          expectClose(
            actual.values, expected.values, absolute: 1e-4, relative: 1e-4, "tile \(tile)")
        }
      }
    }

    let found = try PyramidDetector(detector, strategy: strategy, merging: Merging(.none))
      .detect(image).detections
    #expect(found.count == boxes.count)
    for (a, b) in zip(found, boxes) {
      #expect(a.classID == b.classID && abs(a.score - b.score) < 1e-4)
      #expect(abs(a.box.minX - b.box.minX) < 0.05 && abs(a.box.maxY - b.box.maxY) < 0.05)
    }
  }

  /// The whole picture in one run, grey up to the network's stride.
  private func wholePicture(
    _ dense: any DenseDetector, _ image: Image, _ size: Size
  ) throws -> (maps: [DenseMap], boxes: [Detection]) {
    let network = try dense.network(for: size)
    let padded = image.padded(to: size, fill: 114)
    network.withInput(0) { _ = dense.fill($0, canvas: size, from: padded, resampling: nil) }
    try network.run()
    let maps = try dense.maps(of: network, inputSize: size)
    let found = maps.flatMap { dense.decode($0) }
    let boxes = dense.keptIndices(found).compactMap { index -> Detection? in
      var detection = found[index]
      if dense.clipsToPicture { detection.clip(to: image.size) }
      return detection.box.isValid ? detection : nil
    }
    return (maps, boxes)
  }
}
