import { createModelSession, createOnnxRuntime, type ModelPackage, type TensorPlan } from "/work/main/packages/inference/src/index.ts";
const names = Array.from({length:20},(_,i)=>`v${i}`);
const grid=[{name:"lat",labels:Array.from({length:181},(_,i)=>90-i)},{name:"lon",labels:Array.from({length:360},(_,i)=>i)}];
function pkg(file:string,layout:string[][],opts:{norm:boolean,res:boolean,clip?:boolean}):ModelPackage{
  const t=(name:string,times:number[]):TensorPlan=>({name,layout,times,channels:names.map(variable=>({kind:"field",variable})),levelCount:1,feed:[1],residual:opts.res,...(opts.norm&&{normalize:{mean:names.map((_,i)=>i*.01),std:names.map((_,i)=>1+i/10)}})});
  return {attrs:{},version:"x",runtime:{name:"onnx"},stepMs:21600000,history:1,grid,vertical:{name:"level",units:"",standardName:"",positive:"down"},levels:{},
   variables:names.map(name=>({name,role:"state" as const,attrs:{},nan:"refuse" as const,...(opts.clip&&{clip:[-5,5] as const})})),
   networks:[{key:"networks[0]",file:`/tmp/step-overhead/${file}`,stride:1,when:{from:1,to:Infinity,every:1},inputs:[t("x",[0])],outputs:[{...t("y",[1])}]}],diagnostics:[]};
}
const run={calendar:"standard" as const,initialTime:{day:18262,nanoseconds:0},member:0};
const cpu=()=>{const u=process.cpuUsage();return (u.user+u.system)/1e3};
for (const [label,file,layout,opts] of [
  ["channels first, plain","first.onnx",[["batch"],["channel"],["lat"],["lon"]],{norm:false,res:false}],
  ["channels first, normalised, residual","first.onnx",[["batch"],["channel"],["lat"],["lon"]],{norm:true,res:true}],
  ["channels first, normalised, residual, clip","first.onnx",[["batch"],["channel"],["lat"],["lon"]],{norm:true,res:true,clip:true}],
  ["channels last, normalised, residual","last.onnx",[["batch"],["lat"],["lon"],["channel"]],{norm:true,res:true}],
  ["lon lat, normalised","id.onnx",[["batch"],["channel"],["lat"],["lon"]],{norm:true,res:false}],
] as const){
  const runtime=createOnnxRuntime({providers:["cpu"],threads:1,log:{info(){},warn(){}} as never});
  const model=pkg(file,layout as never,opts as never);
  const session=await createModelSession({model,runtime});
  const bare=await runtime.load(model.networks[0]!);
  const fields=new Map(names.map((n,i)=>[n,Float32Array.from({length:65160},(_,k)=>Math.sin(k*(i+1)))] as const));
  let {state}=await session.begin(run,{n:0,entries:[fields]});
  const shape=layout.length===4&&layout[3][0]==="channel"?[1,181,360,20]:[1,20,181,360];
  const values=new Float32Array(20*65160).map((_,k)=>Math.sin(k));
  const feeds=new Map([["x",{shape,values}]]);
  const a:number[]=[],b:number[]=[],aw:number[]=[],bw:number[]=[];
  for(let i=0;i<32;i++){
    let t=cpu(),w=performance.now(); await bare.run(feeds,["y"]); a.push(cpu()-t);aw.push(performance.now()-w);
    t=cpu();w=performance.now(); const [r]=await session.step([{run,n:i+1,from:new Map([[i,state]])}]); b.push(cpu()-t);bw.push(performance.now()-w);
    session.release(state); state=r!.state;
  }
  const med=(l:number[])=>l.slice(2).sort((x,y)=>x-y)[15]!;
  const min=(l:number[])=>Math.min(...l.slice(2));
  console.log(label.padEnd(45),`bare cpu med ${med(a).toFixed(1)} min ${min(a).toFixed(1)} ms; step med ${med(b).toFixed(1)} min ${min(b).toFixed(1)}; wall min ${min(aw).toFixed(1)} → ${min(bw).toFixed(1)}; overhead min ${(min(b)-min(a)).toFixed(1)} ms, wall ${(min(bw)-min(aw)).toFixed(1)}`);
  await session.close(); await runtime.close();
}
