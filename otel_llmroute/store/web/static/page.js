/* Made of page/ by tools/page/page.mjs, with Preact and HTM: their licences are in vendor/. */
var Ft=function(e,t,n,r){var s;t[0]=0;for(var o=1;o<t.length;o++){var a=t[o++],i=t[o]?(t[0]|=a?1:2,n[t[o++]]):t[++o];a===3?r[0]=i:a===4?r[1]=Object.assign(r[1]||{},i):a===5?(r[1]=r[1]||{})[t[++o]]=i:a===6?r[1][t[++o]]+=i+"":a?(s=e.apply(i,Ft(e,i,n,["",null])),r.push(s),i[0]?t[0]|=2:(t[o-2]=0,t[o]=s)):r.push(i)}return r},Tt=new Map;function or(e){var t=Tt.get(this);return t||(t=new Map,Tt.set(this,t)),(t=Ft(this,t.get(e)||(t.set(e,t=(function(n){for(var r,s,o=1,a="",i="",c=[0],p=function(d){o===1&&(d||(a=a.replace(/^\s*\n\s*|\s*\n\s*$/g,"")))?c.push(0,d,a):o===3&&(d||a)?(c.push(3,d,a),o=2):o===2&&a==="..."&&d?c.push(4,d,0):o===2&&a&&!d?c.push(5,0,!0,a):o>=5&&((a||!d&&o===5)&&(c.push(o,0,a,s),o=6),d&&(c.push(o,d,0,s),o=6)),a=""},f=0;f<n.length;f++){f&&(o===1&&p(),p(f));for(var _=0;_<n[f].length;_++)r=n[f][_],o===1?r==="<"?(p(),c=[c],o=3):a+=r:o===4?a==="--"&&r===">"?(o=1,a=""):a=r+a[0]:i?r===i?i="":a+=r:r==='"'||r==="'"?i=r:r===">"?(p(),o=1):o&&(r==="="?(o=5,s=a,a=""):r==="/"&&(o<5||n[f][_+1]===">")?(p(),o===3&&(c=c[0]),o=c,(c=c[0]).push(2,0,o),o=0):r===" "||r==="	"||r===`
`||r==="\r"?(p(),o=2):a+=r),o===3&&a==="!--"&&(o=4,c=c[0])}return p(),c})(e)),t),arguments,[])).length>1?t:t[0]}var w,It,sr,B,Xe,Ae,Ht,Ce,Ut,ot,et,ar,$e=Symbol.for("pv"),Le={},Pe=[],ir=/^m(i|n|o|s|text|space)$/,st=Array.isArray,at=Pe.slice,Q=Object.assign;function Y(e){e&&e.parentNode&&e.remove()}function lr(e,t,n){var r,s,o,a={},i=arguments.length;for(o in t)o=="key"?r=t[o]:o=="ref"&&typeof e!="function"?s=t[o]:a[o]=t[o];return i>2&&(a.children=i>3?at.call(arguments,2):n),de(e,a,r,s,null)}function de(e,t,n,r,s){var o={type:e,props:t,key:n,ref:r,__k:null,__:null,__b:0,__e:null,__c:null,constructor:$e,__v:s||++It,__i:-1,__u:0};return!s&&w.vnode&&w.vnode(o),o}function De(e){return e.children}function Re(e,t){this.props=e,this.context=t,this.__g=0}function W(e,t){if(t==null)return e.__&&W(e.__,e.__i+1);for(var n;t<e.__k.length;t++)if((n=e.__k[t])&&n.__e)return n.__e;return typeof e.type!="function"||e.props.__P?null:W(e)}function cr(e){var t,n=e.__v,r=n.__e,s=[],o=[],a=e.__P;a&&((t=Q({constructor:$e},n)).__v=n.__v+1,w.vnode&&w.vnode(t),it(a,t,n,e.__n,a.namespaceURI,32&n.__u?[r]:null,s,r||W(n),32&n.__u,o),t.__v=n.__v,t.__.__k[t.__i]=t,Gt(s,t,o),n.__=n.__e=null,t.__e!=r&&Bt(t))}function Bt(e){if((e=e.__)&&e.__c&&!e.props.__P)return e.__e=null,e.__k.some(function(t){return t&&(e.__e=t.__e)}),Bt(e)}function Nt(e){(8&e.__g||(e.__g|=8,B.push(e),Ae++))&&Xe==w.debounceRendering||((Xe=w.debounceRendering)||queueMicrotask)(Wt)}function Wt(){try{for(var e,t=1;B.length;)B.length>t&&B.sort(Ht),e=B.shift(),t=B.length,8&e.__g&&cr(e)}finally{(Ae=B.length)&&(Xe||queueMicrotask)(Wt)}}function Jt(e,t,n,r,s,o,a,i,c,p,f){var _,d,u,m,$,h,v=r.__k||Pe,g=t.length;for(c=ur(n,t,v,c,g),_=0;_<g;_++)(u=n.__k[_])!=null&&(d=~u.__i&&v[u.__i]||Le,u.__i=_,h=it(e,u,d,s,o,a,i,c,p,f),m=u.__e,(d.ref!=u.ref||8&d.__u)&&(d.ref&&lt(d.ref,null,u,d),u.ref&&f.push(u.ref,u.__c||m,u)),$=$||m,4&u.__u?(c=zt(u,c,e,!d.__v),d.__e&&(d.__e=null)):typeof u.type=="function"&&h!==void 0?c=h:m&&(c=m.nextSibling),u.__u&=-21);return n.__e=$,c}function ur(e,t,n,r,s){var o,a,i,c,p,f,_,d,u,m=n.length,$=m,h=0,v=0,g=e.__k=Array(s);for(o=0;o<s;o++)(a=t[o])!=null&&typeof a!="boolean"&&typeof a!="function"?(typeof a!="object"||a.constructor===String?a=g[o]=de(null,a):st(a)?a=g[o]=de(De,{children:a}):a.constructor===$e&&a.__b?a=g[o]=de(a.type,a.props,a.key,a.ref,a.__v):g[o]=a,c=o+h,a.__=e,a.__b=e.__b+1,i=null,~(p=a.__i=fr(a,n,c,$))&&($--,(i=n[p])&&(i.__u|=2)),i&&i.__v?(a.__u|=16,p==c-1?h--:p==c+1?h++:p!=c&&(p>c?h--:h++,v=1)):(~p||(s>m?h--:s<m&&h++),typeof a.type!="function"&&(a.__u|=4))):g[o]=null;if(v){for(f=[],_=[],o=0;o<s;o++)if((a=g[o])&&16&a.__u){for(h=0,d=f.length;h<d;)f[u=h+d>>1]<a.__i?h=u+1:d=u;f[h]=a.__i,_[o]=h+1}for(h=f.length;o--;)_[o]&&(_[o]==h?h--:g[o].__u|=4)}if($)for(o=0;o<m;o++)!(i=n[o])||2&i.__u||(i.__e==r&&(r=W(i)),ct(i,i));return r}function zt(e,t,n,r){var s,o,a,i;if(typeof e.type=="function"){if(e.props.__P)return t;if(s=e.__k)for(o=0;o<s.length;o++)s[o]&&(s[o].__=e,t=zt(s[o],t,n,!1));return t}for(t&&!t.parentNode&&(t=W(e))&&!t.parentNode&&(t=null),a=e.__e,i=t;i&&i.nodeType==8;)i=i.nextSibling;for(a!=i&&(!r&&n.moveBefore&&a.parentNode?n.moveBefore(a,t):n.insertBefore(a,t||null)),t=a;(t=t&&t.nextSibling)&&t.nodeType==8&&!t.data.startsWith("$s"););return t}function fr(e,t,n,r){var s,o=e.key,a=e.type,i=t[n],c=i&&!(2&i.__u);if(i===null&&o==null||c&&o==i.key&&a==i.type)return n;if(r>(c?1:0)){for(s=n-1;s>=0;s--)if((i=t[s])&&!(2&i.__u)&&o==i.key&&a==i.type)return s;for(s=n+1;s<t.length;s++)if((i=t[s])&&!(2&i.__u)&&o==i.key&&a==i.type)return s}return-1}function Et(e,t,n){n==null&&(n=""),t[0]=="-"?e.setProperty(t,n):e[t]=n}function Ee(e,t,n,r,s){var o,a;if(t=="style")if(typeof n=="string")e.style.cssText=n;else{if(typeof r=="string"&&(e.style.cssText=r=""),r)for(t in r)n&&t in n||Et(e.style,t);if(n)for(t in n)r&&n[t]==r[t]||Et(e.style,t,n[t])}else if(t[0]=="o"&&t[1]=="n")typeof n!="function"&&(n=null),typeof r!="function"&&(r=null),(e.__e||(e.__e={}))[t]=n,n&&r||(a=et[t]||(et[t]=pr(t)),(e.__a||(e.__a={}))[t]=ot,o=t!=(t=t.replace(Ut,"$1")),(t=t.slice(2))[0]<"a"&&(t=t.toLowerCase()),n?e.addEventListener(t,a,o):e.removeEventListener(t,a,o));else{if(s=="http://www.w3.org/2000/svg")t=t.replace(/xlink(H|:h)/,"h").replace(/sName$/,"s");else if(t!="width"&&t!="height"&&t!="href"&&t!="list"&&t!="form"&&t!="tabIndex"&&t!="download"&&t!="rowSpan"&&t!="colSpan"&&t!="role"&&t!="popover"&&t in e)try{return void(e[t]=n??"")}catch{}if(typeof n=="function")return;n==null||n===!1&&t[4]!="-"?e.removeAttribute(t):e.setAttribute(t,t=="popover"&&n==1?"":n)}}function pr(e){return function(t){var n=this.__e;if(n){if(n=n[e],t[Ce]==null)t[Ce]=ot++;else if(t[Ce]<this.__a[e])return;return n(w.event?w.event(t):t)}}}function it(e,t,n,r,s,o,a,i,c,p){var f,_,d,u,m,$,h,v,g,T,x,Ye,St,Ne,V,Ot,U,Z,D=t.type;if(t.constructor!==$e)return null;128&n.__u&&(c=32&n.__u,f=n.__c.__z)&&(t.__u|=c,_=o=[],f.nodeType==8?i=Me(f,o):o.push(f),i=o[0]||i),(f=w.__b)&&f(t);e:if(typeof D=="function"){d=a.length;try{if(v=t.props,g=(f=D.prototype)&&f.render,T=(f=D.contextType)&&r[f.__c],x=f?T?T.props.value:f.__:r,(u=n.__c)?(t.__c=u,2&u.__g&&(u.__g|=1)):(g?t.__c=u=new D(v,x):(t.__c=u=new Re(v,x),u.constructor=D,u.render=mr),T&&T.sub(u),u.state||(u.state={}),u.__n=r,u.__g|=8,u.__h=[],u.__k=[]),g&&(u.__s||(u.__s=u.state),D.getDerivedStateFromProps&&(u.__s==u.state&&(u.__s=Q({},u.__s)),Q(u.__s,D.getDerivedStateFromProps(v,u.__s)))),m=u.props,$=u.state,u.__v=t,n.__c){if(v!==m&&g&&!D.getDerivedStateFromProps&&u.componentWillReceiveProps&&u.componentWillReceiveProps(v,x),t.__v==n.__v&&!(8&u.__g)||!(4&u.__g)&&u.shouldComponentUpdate&&u.shouldComponentUpdate(v,u.__s,x)===!1){t.__v!=n.__v&&(u.props=v,u.state=u.__s,u.__g&=-9),t.__e=n.__e,t.__k=n.__k,t.__k.some(function(R){R&&(R.__=t)}),Pe.push.apply(u.__h,u.__k),u.__k=[],u.__h.length&&a.push(u),i=W(n);break e}u.componentWillUpdate&&u.componentWillUpdate(v,u.__s,x),g&&u.componentDidUpdate&&u.__h.push(function(){u.componentDidUpdate(m,$,h)})}else g&&!D.getDerivedStateFromProps&&u.componentWillMount&&u.componentWillMount(),g&&u.componentDidMount&&u.__h.push(u.componentDidMount);u.context=x,u.props=v,u.__P=e,u.__g&=-5,Ye=w.__r,St=g?25:0;do u.__g&=-9,Ye&&Ye(t),f=u.render(u.props,u.state=u.__s,u.context);while(8&u.__g&&++St<25);g&&(Pe.push.apply(u.__h,u.__k),u.__k=[]),u.state=u.__s,u.getChildContext&&(r=Q({},r,u.getChildContext())),g&&n.__c&&u.getSnapshotBeforeUpdate&&(h=u.getSnapshotBeforeUpdate(m,$)),Ne=f&&f.type===De&&f.key==null?f.props.children:f,v.__P&&(f=i,s=(e=v.__P).namespaceURI,c=o=null,n.props&&n.props.__P!=e&&(n.__k.some(function(R){R&&ct(R,R)}),n.__k=null),i=n.__k?W(n,0):null),i=Jt(e,st(Ne)?Ne:[Ne],t,n,r,s,o,a,i,c,p),v.__P&&(t.__e=null,i=f),t.__u&=-161,_&&_.some(Y),u.__h.length&&a.push(u),1&u.__g&&(u.__g&=-4)}catch(R){if(a.length=d,t.__v=null,c||o)if(R&&R.then){if(t.__u|=128|c,o){for(~(U=o.indexOf(i||void 0))||(U=o.length);(Z=o[U-1])&&Z.nodeType==8;)U--;for(;U<o.length;U++)if(Z=o[U])if(o[U]=null,V){if(Z==Ot)break}else{if(Z.nodeType!=8)break;Z.data.startsWith("$s")&&(Ot=Me(V=Z))}}if(!V){for(;i&&i.nodeType==8&&i.nextSibling;)i=i.nextSibling;V=i}(f=Me(V=t.__c.__z||(t.__c.__z=V)))?(t.__e=V,i=f):t.__e=i,i=i&&i.nextSibling}else o&&o.some(Y);else t.__e=n.__e;t.__k||(t.__k=n.__k||[]),R&&R.then||Kt(t),w.__e(R,t,n)}}else i=t.__e=dr(n.__e,t,n,r,s,o,a,c,p,e);return(f=w.diffed)&&f(t),i}function Me(e,t){if(e&&e.nodeType==8&&e.data.startsWith("$s"))for(var n=1;e=e.nextSibling;){if(e.nodeType==8){if(e.data.startsWith("$s"))n++;else if(e.data.startsWith("/$s")&&!--n)return e}t&&t.push(e)}}function Kt(e){e&&(e.__c&&(e.__c.__g|=4),e.__k&&e.__k.some(Kt))}function Gt(e,t,n){for(var r=0;r<n.length;)lt(n[r++],n[r++],n[r++]);w.__c&&w.__c(t,e),e.some(function(s){try{e=s.__h,s.__h=[],e.some(function(o){o.call(s)})}catch(o){w.__e(o,s.__v)}})}function dr(e,t,n,r,s,o,a,i,c,p){var f,_,d,u,m,$,h,v,g=n.props||Le,T=t.props,x=t.type;if(x=="svg"?s="http://www.w3.org/2000/svg":x=="math"?s="http://www.w3.org/1998/Math/MathML":s||(s="http://www.w3.org/1999/xhtml"),o){for(f=0;f<o.length;f++)if((m=o[f])&&(x?m.localName==x:m.nodeType==3)){e=m,o[f]=null;break}}if(!e){if(v=p.ownerDocument||document,!x)return v.createTextNode(T);e=v.createElementNS(s,x,T.is?T:p),i&&(w.__m&&w.__m(t,o),i=!1),o=null}if(x){if(p=x=="template"&&e.content||e,o=x=="textarea"&&T.defaultValue!=null?null:o&&at.call(p.childNodes),!i&&o)for(g={},f=0;f<e.attributes.length;f++)g[(m=e.attributes[f]).name]=m.value;for(f in g)m=g[f],f=="dangerouslySetInnerHTML"?d=m:f=="children"||f in T||f=="value"&&"defaultValue"in T||f=="checked"&&"defaultChecked"in T||Ee(e,f,null,m,s);for(f in T)m=T[f],f=="children"?u=m:f=="dangerouslySetInnerHTML"?_=m:f=="value"?$=m:f=="checked"?h=m:i&&typeof m!="function"||g[f]===m||Ee(e,f,m,g[f],s);_?(i||d&&(_.__html==d.__html||_.__html==e.innerHTML)||(e.innerHTML=_.__html),t.__k=[]):(d&&(e.textContent=""),(x=="foreignObject"||s=="http://www.w3.org/1998/Math/MathML"&&ir.test(x))&&(s="http://www.w3.org/1999/xhtml"),Jt(p,st(u)?u:[u],t,n,r,s,o,a,o?o[0]:n.__k&&W(n,0),i,c),o&&o.some(Y)),i&&x!="textarea"||(f="value",x=="progress"&&$==null?e.removeAttribute(f):$==null||$===e[f]&&(x!="progress"||$)||Ee(e,f,$,g[f],s),f="checked",h!=null&&h!=e[f]&&Ee(e,f,h,g[f],s))}else g===T||i&&e.data==T||(e.data=T);return e}function lt(e,t,n,r){try{typeof e=="function"?t?t.__x=e(t)||1:r&&(r=r.__c||r.__e)&&(t=r.__x)&&(r.__x=null,typeof t=="function"?t():e(null)):e.current=t}catch(s){w.__e(s,n)}}function ct(e,t,n){var r,s,o,a;if(w.unmount&&w.unmount(e),!(r=e.ref)||r.current&&r.current!=e.__e||lt(r,null,t,e),r=e.__c){if(r.componentWillUnmount)try{r.componentWillUnmount()}catch(i){w.__e(i,t)}r.__P=r.__n=null}if(r=e.__k)for(a=0;a<r.length;a++)r[a]&&ct(r[a],t,typeof e.type!="function"||n&&!e.props.__P);!n&&(r=e.__c)&&(r=r.__z)&&(s=Me(r,o=[]))&&(r==e.__e&&o.some(Y),Y(s),Y(r)),n||Y(e.__e),e.__e=e.__c=e.__=null}function mr(e,t,n){return this.constructor(e,n)}function ut(e,t){var n,r,s,o;w.__&&w.__(e,t),t.nodeType==9&&(t=t.documentElement),r=(n=e&&32&e.__u)?null:t.__k,t.__k=de(De,{children:[e]}),s=[],o=[],it(t,t.__k,r||Le,Le,t.namespaceURI,r?null:t.firstChild?at.call(t.childNodes):null,s,r?r.__e:t.firstChild,n,o),Gt(s,t.__k,o),t.__k.props.children=null}w={__e:function(e,t,n,r){for(var s,o,a;t=t.__;)if((s=t.__c)&&!(1&s.__g)){s.__g|=4;try{if((a=(o=s.constructor)&&o.getDerivedStateFromError)&&s.setState(o.getDerivedStateFromError(e)),s.componentDidCatch&&(s.componentDidCatch(e,r||{}),a=1),a&&8&s.__g)return void(s.__g|=2)}catch(i){e=i}}throw Ae=0,e}},It=0,sr=function(e){return e!=null&&e.constructor===$e},Re.prototype.setState=function(e,t){var n=this.__s;n&&n!=this.state||(n=this.__s=Q({},this.state)),typeof e=="function"&&(e=e(Q({},n),this.props)),e&&(Q(n,e),this.__v&&(t&&this.__k.push(t),Nt(this)))},Re.prototype.forceUpdate=function(e){this.__v&&(this.__g|=4,e&&this.__h.push(e),Nt(this))},Re.prototype.render=De,B=[],Ae=0,Ht=function(e,t){return e.__v.__b-t.__v.__b},Ce=Symbol(),Ut=/(PointerCapture)$|Capture$/i,ot=0,et={},ar=0;var he,O,Qe,Ct,tt=Object.is,qe=0,Vt=[],nt=[],S=w,Rt=S.__b,Mt=S.__r,At=S.diffed,Lt=S.__c,Pt=S.unmount,qt=S.__;function ft(e,t){S.__h&&S.__h(O,e,qe||t),qe=0;var n=O.__H||(O.__H={__:[],__h:[]});return e>=n.__.length&&n.__.push({}),n.__[e]}function y(e){return qe=1,hr(Yt,e)}function hr(e,t,n){var r=ft(he++,2);if(r.t=e,!r.__c&&(r.__=[n?n(t):Yt(void 0,t),function(o){var a=(r.__N||r.__)[0],i=r.t(a,o);tt(a,i)||(r.__N=[i,r.__[1]],r.__c.setState({}))}],r.__c=O,!O.__f)){O.__f=!0;var s=O.shouldComponentUpdate;O.shouldComponentUpdate=function(o,a,i){var c=this.__H;if(!c)return!0;var p=!1,f=this.props!=o;if(c.__.some(function(d){d.__N&&(p=!0,tt(d.__[0],d.__N[0])||(f=!0))}),s){var _=s.call(this,o,a,i);return p?_||f:_}return!p||f}}return r.__}function k(e,t){var n=ft(he++,3);!S.__s&&Zt(n.__H,t)&&(n.__P=!0,n.__=e,n.u=t,O.__H.__h.push(n))}function N(e){return qe=5,_e(function(){return{current:e}},[])}function _e(e,t){var n=ft(he++,7);return Zt(n.__H,t)&&(n.__=e(),n.__H=t),n.__}function $r(){var e;do{for(;e=nt.shift();)try{me(e)}catch(n){S.__e(n,{__:(e=e.__P)&&e.__v})}for(;e=Vt.shift();){var t=e.__H;if(e.__P&&t)try{t.__h.some(me),t.__h.some(rt),t.__h=[]}catch(n){t.__h=[],S.__e(n,e.__v)}}}while(nt.length)}S.__b=function(e){O=null,Rt&&Rt(e)},S.__=function(e,t){e&&t.__k&&t.__k.__m&&(e.__m=t.__k.__m),qt&&qt(e,t)},S.__r=function(e){Mt&&Mt(e),he=0;var t=(O=e.__c).__H;t&&(Qe==O?O.__h=[]:(t.__h.some(me),t.__h.some(rt),he=0),t.__h=[],t.__.some(function(n){n.__N&&(n.__=n.__N),n.u=n.__N=void 0})),Qe=O},S.diffed=function(e){At&&At(e);var t=e.__c;t&&t.__H&&(t.__H.__h.length&&jt(Vt.push(t)),t.__H.__.some(function(n){n.u&&(n.__H=n.u)})),Qe=O=null},S.__c=function(e,t){t.some(function(n){try{n.__h.some(me),n.__h=n.__h.filter(function(r){return!r.__||rt(r)})}catch(r){n.__h=[function(){throw r}]}}),Lt&&Lt(e,t)},S.unmount=function(e){Pt&&Pt(e);var t,n,r=e.__c;r&&r.__H&&(r.__H.__.some(function(s){try{if(s.__P&&s.__c){if(n===void 0){for(n=e.__;n&&(!n.__c||!n.__c.__P);)n=n.__;n=n&&n.__c}s.__P=n,jt(nt.push(s))}else me(s)}catch(o){t=o}}),r.__H=void 0,t&&S.__e(t,r.__v))};var Dt=typeof requestAnimationFrame=="function";function _r(e){var t,n=function(){clearTimeout(r),Dt&&cancelAnimationFrame(t),setTimeout(e)},r=setTimeout(n,35);Dt&&(t=requestAnimationFrame(n))}function jt(e){e!=1&&Ct==S.requestAnimationFrame||((Ct=S.requestAnimationFrame)||_r)($r)}function me(e){var t=O,n=e.__c;typeof n=="function"&&(e.__c=void 0,n()),O=t}function rt(e){var t=O;e.__c=e.__(),O=t}function Zt(e,t){return!e||e.length!=t.length||t.some(function(n,r){return!tt(n,e[r])})}function Yt(e,t){return typeof t=="function"?t(e):t}var l=or.bind(lr);var ge={"1h":"1 hour","24h":"24 hours","7d":"7 days","30d":"30 days",month:"This month"},dt={0:"Off",10:"10 s",60:"1 min",300:"5 min"},mt={"":"System",light:"Light",dark:"Dark"},se=Object.freeze({board:"spend",range:"30d",since:"",until:"",filters:Object.freeze({}),compare:!1,refresh:0,theme:"",tables:Object.freeze([]),sorts:Object.freeze({}),sql:""}),br=15e3;function ae(e){let t=new URLSearchParams(e),n=be(t.get("since")),r=be(t.get("until"));return{board:t.get("board")||se.board,range:n&&r?"custom":pt(ge,t.get("range"),se.range),since:n&&r?n:"",until:n&&r?r:"",filters:Qt(t.getAll("filter"),"="),compare:t.get("compare")==="1",refresh:Number(pt(dt,t.get("refresh"),se.refresh)),theme:pt(mt,t.get("theme"),se.theme),tables:(t.get("tables")||"").split(",").filter(Boolean),sorts:Object.fromEntries(Object.entries(Qt(t.getAll("sort"),".")).map(([s,[o]])=>[s,o])),sql:t.get("sql")||""}}var pt=(e,t,n)=>t!==null&&Object.hasOwn(e,t)?t:n;function be(e){let t=new Date(/[Z+]|-\d\d:\d\d$/.test(e??"")?e:`${e}Z`);return Number.isNaN(t.getTime())?"":t.toISOString().slice(0,16)}function Qt(e,t){let n=new Map;for(let r of e){let s=r.indexOf(t);if(s<1)continue;let o=r.slice(0,s);n.set(o,new Set([...n.get(o)??[],r.slice(s+1)]))}return Object.fromEntries([...n].map(([r,s])=>[r,[...s]]))}function gr(e){let t=new URLSearchParams;e.board!==se.board&&t.set("board",e.board),e.range==="custom"?(t.set("since",e.since),t.set("until",e.until)):e.range!==se.range&&t.set("range",e.range);for(let[r,s]of Object.entries(e.filters))for(let o of s)t.append("filter",`${r}=${o}`);e.compare&&t.set("compare","1"),e.refresh&&t.set("refresh",String(e.refresh)),e.theme&&t.set("theme",e.theme),e.tables.length&&t.set("tables",e.tables.join(","));for(let[r,s]of Object.entries(e.sorts))t.append("sort",`${r}.${s}`);e.sql&&e.sql.length<=br&&t.set("sql",e.sql);let n=t.toString();return n?`?${n}`:""}function b(e,t={},n=""){let r="board"in t&&t.board!==e.board,s={...e,...r?{tables:[],sorts:{},sql:""}:{},...t};return`./${gr(s)}${n?`#${n}`:""}`}function ye(e,t,n){let{[t]:r,...s}=e;return n.length?{...s,[t]:n}:s}var X=36e5,yr={"1h":X,"24h":24*X,"7d":168*X,"30d":720*X};function en(e,t){if(e.range==="custom")return{since:`${e.since}:00Z`,until:`${e.until}:00Z`};let n=new Date(Math.floor(t/X)*X+X),r=new Date(t),s=Date.UTC(r.getUTCFullYear(),r.getUTCMonth(),1),o=new Date(e.range==="month"?s:n.getTime()-yr[e.range]);return{since:Xt(o),until:Xt(n)}}var Xt=e=>`${e.toISOString().slice(0,19)}Z`;var je=class extends Error{constructor(t,n="",r=0){super(t),this.hint=n||"",this.status=r}},ie=[],ht=0,ee=new Map;function vr(e,t){return new Promise((n,r)=>{let s={order:e,resolve:n};t?.addEventListener("abort",()=>{let o=ie.indexOf(s);o>=0&&ie.splice(o,1),r(t.reason)}),ie.push(s),tn()})}function tn(){ht>=3||!ie.length||(ie.sort((e,t)=>e.order-t.order),ht+=1,ie.shift().resolve())}async function M(e,t,{signal:n,order:r=0}={}){return xr(await Fe(e,t,{signal:n,order:r}))}async function Fe(e,t,{signal:n,order:r=0}={}){n?.throwIfAborted(),await vr(r,n);try{return await wr(e,t,n)}finally{ht-=1,tn()}}async function wr(e,t,n){let r=t===void 0?{}:Sr(t),s;try{s=await fetch(e,{...r,signal:n})}catch(c){throw n?.aborted?c:new je("the store does not answer","is llmroute up still running?")}s.status===401&&location.reload();let o=await s.text();if(s.ok)return o;let{message:a,hint:i}=kr(o);throw new je(a??`the store answered with status ${s.status}`,i,s.status)}function kr(e){try{return JSON.parse(e).error??{}}catch{return{}}}var xr=e=>JSON.parse(e,(t,n,r)=>Number.isInteger(n)&&!Number.isSafeInteger(n)?r?.source??String(n):n),Sr=e=>({method:"POST",headers:{"Content-Type":"application/json"},body:JSON.stringify(e)});async function nn(e,t,n,r){let s=`${e} ${t} ${JSON.stringify(n)}`;if(!ee.has(s)){let o=await M(t,n,r);ee.size>=300&&ee.delete(ee.keys().next().value),ee.set(s,o)}return ee.get(s)}var rn=(e,t,n)=>ee.get(`${e} ${t} ${JSON.stringify(n)}`);function sn(){let[e,t]=y(()=>ae(location.search)),n=(r,{replace:s=!1}={})=>{history[s?"replaceState":"pushState"](null,"",r),t(ae(location.search))};return k(()=>{let r=()=>t(ae(location.search)),s=o=>{let a=Or(o);if(!a)return;o.preventDefault();let{board:i}=ae(location.search);n(a.href),(ae(location.search).board!==i||a.hash&&!("stays"in a.dataset))&&ve(a.hash.slice(1))};return addEventListener("popstate",r),document.addEventListener("click",s),()=>{removeEventListener("popstate",r),document.removeEventListener("click",s)}},[]),[e,n]}function Or(e){let t=e.target.closest?.("a[href]"),n=e.button===0&&!(e.metaKey||e.ctrlKey||e.shiftKey||e.altKey);return!t||!n||e.defaultPrevented||t.target||t.hasAttribute("download")?null:t.origin===location.origin&&t.pathname===location.pathname?t:null}var on=()=>{};function ve(e){on(),requestAnimationFrame(()=>{let t=e&&document.getElementById(e);if(!t)return scrollTo(0,0);t.scrollIntoView(),t.focus({preventScroll:!0}),on=Nr(t)})}var Tr=["wheel","touchmove","pointerdown","keydown","popstate"];function Nr(e){let t=new AbortController,n=()=>e.scrollIntoView(),r=new ResizeObserver(n);r.observe(e.parentElement);let s=0,o=setInterval(()=>{s=document.querySelector("#board [aria-busy=true]")?0:s+1,!(s<3)&&(n(),t.abort())},200);t.signal.addEventListener("abort",()=>{r.disconnect(),clearInterval(o)});for(let a of Tr)addEventListener(a,()=>t.abort(),{signal:t.signal,passive:!0});return()=>t.abort()}function an(e){let[t,n]=y(()=>({now:Date.now(),generation:0})),r=()=>n(({generation:s})=>({now:Date.now(),generation:s+1}));return k(()=>{if(!e)return;let s=!1,o=setInterval(()=>document.hidden?s=!0:r(),e*1e3),a=()=>{!document.hidden&&s&&r(),s=!1};return document.addEventListener("visibilitychange",a),()=>{clearInterval(o),document.removeEventListener("visibilitychange",a)}},[e]),[t,r]}function A(e,t,{generation:n,order:r=0,isWanted:s=!0}){let o=JSON.stringify(t),[a,i]=y({});k(()=>{if(!s)return;let f=new AbortController,_=d=>!f.signal.aborted&&i({key:o,generation:n,...d});return nn(n,e,t,{signal:f.signal,order:r}).then(d=>_({answer:d}),d=>_({error:d})),()=>f.abort()},[e,o,n,s]);let c=rn(n,e,t);if(c)return{answer:c,isAsking:!1};let p=a.key===o;return{answer:p||!a.error?a.answer:void 0,error:p&&a.generation===n?a.error:void 0,isAsking:s&&!(p&&a.generation===n),isOld:!p&&!!a.answer}}function Ie(e=!1){let t=N(null),[n,r]=y(e);return k(()=>{if(n||!t.current)return;let s=new IntersectionObserver(o=>o.some(a=>a.isIntersecting)&&r(!0),{rootMargin:"400px 0px"});return s.observe(t.current),()=>s.disconnect()},[n]),[t,n]}function He(e,t,n){k(()=>{if(!t)return;let r=o=>o.key==="Escape"&&n(!0),s=o=>!e.current?.contains(o.target)&&n(!1);return document.addEventListener("keydown",r),document.addEventListener("pointerdown",s),()=>{document.removeEventListener("keydown",r),document.removeEventListener("pointerdown",s)}},[t])}function Er(e){let[t,n=""]=Cr(e).split(".");return{units:BigInt(t+n),places:n.length}}function Cr(e){let t=String(e);return/e/i.test(t)?Number(t).toFixed(18):t.replace(/^\+/,"")}var te=24;function C(e){let{units:t,places:n}=Er(e);return n<=te?t*10n**BigInt(te-n):t/10n**BigInt(n-te)}var le=e=>e<0n?-e:e;function ln(e,t){let n=10n**BigInt(te-t),r=le(C(e)),s=r%n,o=r/n;return s*2n===n?o+o%2n:s*2n>n?o+1n:o}function cn(e){let t=e.reduce((s,o)=>s+C(o),0n),n=le(t).toString().padStart(te+1,"0"),r=`${n.slice(0,-te)}.${n.slice(-te)}`.replace(/\.?0+$/,"");return t<0n?`-${r}`:r}function un(e,t){if(e==null||t===null||t===void 0)return null;let n=C(t);return n===0n?null:Number((C(e)-n)*1000000n/le(n))/1e6}function ne(e,t){if(Math.abs(e)*2**(t+1)%2!==1)return e.toFixed(t);let r=Math.floor(Math.abs(e)*10**t),s=r+r%2;return`${e<0?"-":""}${(s/10**t).toFixed(t)}`}var j="-",Rr={USD:"$",EUR:"\u20AC",GBP:"\xA3",JPY:"\xA5"},Mr=["spend","cost_per_call","per_1k_calls","cost_per_job","cost_per_success","forecast","forecast_low","forecast_high"];function re(e){let t=0n;for(let n of e){if(n==null)continue;let r=le(C(n));r>t&&(t=r)}return t>=C("100")?2:t>=C("0.01")||t===0n?4:6}function F(e,t,n){if(e==null)return j;let r=Rr[t]??(t?`${t} `:""),s=C(e);if(s===0n)return`${r}0`;let o=`0.${"0".repeat(n-1)}1`;if(le(s)<C(o))return`<${r}${o}`;let a=ln(e,n).toString().padStart(n+1,"0"),i=a.slice(0,-n).replace(/\B(?=(\d{3})+$)/g,",");return`${s<0n?"-":""}${r}${i}.${a.slice(-n)}`}function L(e){if(e==null)return j;for(let[t,n,r]of[[1e9,1e9,"G"],[1e6,1e6,"M"],[1e4,1e3,"k"]])if(e>=t)return`${ne(e/n,1)}${r}`;return String(e)}function Ar(e){return e==null?j:e>0&&e<.005?"<1%":`${ne(e*100,0)}%`}function $t(e){if(e==null)return j;let t=ne(e*100,0);return`${t.startsWith("-")?"":"+"}${t}%`}function Lr(e){return e==null?j:e<1e3?`${ne(e,0)}ms`:`${ne(e/1e3,1)}s`}function we(e){return"spend"in e&&["unpriced","partly_priced","no_usage"].some(t=>e[t])}function Pr(e,t){return Mr.includes(e)&&t[e]!==null&&we(t)}function J(e,t,n){let{name:r,unit:s}=e,o=t[r];return s==="money"?o==null?r==="spend"&&t.unpriced?"unpriced":j:F(o,t.currency,n)+(Pr(r,t)?"+?":""):o==null?j:s==="share"?r==="change"?$t(o):Ar(o):s==="count"?L(o):s==="seconds"?Lr(o*1e3):s==="minutes"?`${Number(o.toPrecision(6))} min`:s==="number"?ne(o,1):String(o)||"(none)"}var E=e=>e.unit!=="text"&&e.unit!=="time";function z(e,t){let n=e.filter(r=>r.unit==="money");return Object.fromEntries(n.map(({name:r})=>[r,re(t.map(s=>s[r]))]))}function Ue(e){if(e.chart==="time"||e.chart==="waterfall")return e.rows;let t=[...new Set(e.rows.map(r=>r.currency??null))],n=r=>t.indexOf(r.currency??null);return[...e.rows].sort((r,s)=>n(r)-n(s))}var P=e=>[...new Set(e.map(t=>t.currency??null))];var qr=500,Dr=[{panel:"cheaper",title:"Cheaper model",mark:"if",found:Hr,none:"No route could answer on a cheaper model that is used here."},{panel:"waste",title:"Answers nobody used",mark:"",found:Ur,none:"No attempt was billed whose answer nobody used."},{panel:"fallbacks",title:"Fallbacks",mark:"est.",found:Br,none:"No fallback cost more than a first choice."},{panel:"cache",title:"Provider's cache",mark:"if",found:Wr,none:"No tokens were read from a cache, or written to one."}];function fn({view:e}){return l`<section class="panel wide leaks" aria-labelledby="leaks">
    <header><div><h2 id="leaks">Where it leaks</h2><p>What could be saved first, and on which route?</p></div></header>
    <ul>
      ${Dr.map((t,n)=>l`<${jr} key=${t.panel} view=${e} finding=${t} order=${4+n} />`)}
    </ul>
  </section>`}function jr({view:e,finding:t,order:n}){let{since:r,until:s}=e.period,o={board:"routes",panel:t.panel,since:r,until:s,filters:e.state.filters,limit:qr},{answer:a,error:i,isOld:c}=A("api/panel",o,{generation:e.generation,order:n}),p=!a&&!i,f=b(e.state,{board:"routes"},t.panel);return l`<li
    data-finding=${t.panel}
    aria-busy=${p?"true":"false"}
    data-old=${c?"true":void 0}
  >
    <a href=${f}>
      <span class="label">${t.title}</span>
      ${p&&l`<span class="skeleton"></span>`} ${i&&l`<span class="says">${i.message}</span>`}
      ${a&&l`<${Fr} finding=${t} rows=${a.rows} />`}
    </a>
  </li>`}function Fr({finding:e,rows:t}){let r=P(t).map(s=>e.found(t.filter(o=>(o.currency??null)===s))).filter(Boolean);return r.length?r.map(({amount:s,row:o,says:a})=>l`<span class="amount">
        ${F(s,o.currency,re([s]))}
        ${e.mark&&l`${" "}<small class="mark">${e.mark}</small>`}
      </span>
      <span class="says">${a}</span>`):l`<span class="says">${e.none}</span>`}var oe=e=>l`<b>${e||"(none)"}</b>`,pn=e=>e!==null&&Number(e)>0,Ir=e=>F(e.spend,e.currency,re([e.spend]));function Hr([e]){if(!e)return null;let t=e.model===e.other_model?`${e.other_model}, ${e.other_tier||"other tier"}`:e.other_model;return{amount:e.saved,row:e,says:l`would be saved of ${Ir(e)} by moving ${oe(e.name)} from ${oe(e.model)} to ${oe(t)}`}}function Ur([e]){return!e||!pn(e.spend)?null:{amount:e.spend,row:e,says:l`was billed on ${oe(e.name)} for answers that were ${e.outcome}`}}function Br([e]){return!e||!pn(e.premium)?null:{amount:e.premium,row:e,says:l`more was paid on ${oe(e.name)}, where another model had to answer`}}function Wr(e){let t=e.filter(r=>r.saved!==null),n=t.at(-1);return n?Number(n.saved)<0?{amount:n.saved,row:n,says:l`on ${oe(n.name)}: writing to the cache cost more than reading saved`}:{amount:t[0].saved,row:t[0],says:l`is saved by the cache already, most of all routes, on ${oe(t[0].name)}`}:null}function ce(){let{answer:e,error:t}=A("api/health",void 0,{generation:0});return e??(t?{}:null)}var _t=()=>/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);function ke(e){return _t()?e.needs_data?` --data ${Be(e.data)}`:"":` --url ${location.origin}`}function dn(e){let{protocol:t,hostname:n,port:r}=new URL(e.otlp_http),s=/^(0\.0\.0\.0|\[::\])$/.test(n)?location.hostname:n;return[`OTEL_EXPORTER_OTLP_ENDPOINT=${t}//${s}:${r}`,"OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",...e.needs_token?["OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN"]:[]].join(" ")}function mn(e,{provider:t,model:n,service_tier:r}){let s=["llmroute prices set"];return t&&s.push(`--provider ${Be(t)}`),s.push(`--model ${Be(n)}`),r&&s.push(`--tier ${Be(r)}`),`${s.join(" ")} --input-per-mtok PRICE --output-per-mtok PRICE${ke(e)}`}var hn=(e,{since:t})=>`llmroute reprice --since ${t.slice(0,16)} --only unpriced${ke(e)}`,Be=e=>/^[\w./:@-]+$/.test(e)?e:`'${e.replaceAll("'","'\\''")}'`;function q({error:e,again:t}){return l`<div class="trouble" role="alert">
    <p><strong>${e.message}</strong>${e.hint&&l`<span class="hint">Try: ${e.hint}</span>`}</p>
    ${t&&l`<button type="button" class="quiet" onClick=${t}>Ask again</button>`}
  </div>`}function $n(){let e=ce();return e?l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">Nothing has arrived yet</h2>
    ${_t()&&l`<p>Put <code>llmroute run</code> before your application. It needs no change of code:</p>
      <${K} text=${`llmroute run${ke(e)} -- python app.py`} />`}
    ${e.otlp_http&&l`<p>An application that sends OpenTelemetry already sends it here with:</p>
      <${K} text=${dn(e)} />
      ${e.needs_token&&l`<p><code>TOKEN</code> is the token of this store, which commands read from <code>LLMROUTE_TOKEN</code>.</p>`}`}
    <p>If calls were made and nothing shows, this says why:</p>
    <${K} text=${`llmroute doctor${ke(e)}`} />
  </section>`:null}function _n(){return l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">No jobs yet</h2>
    <p>
      Calls have arrived, and none of them is part of a job: a unit of work that a customer pays for. After
      <code>import otel_llmroute as llmroute</code>, put this line around what one takes:
    </p>
    <${K} text=${'with llmroute.job("resolve_ticket", revenue="1.00") as job:'} what="line" />
    <p>Then this board shows what such a job costs, and what is left of its revenue.</p>
  </section>`}function We({state:e,what:t=""}){let n=Object.keys(e.filters).length>0,r={"1h":"24h","24h":"7d","7d":"30d",month:"30d",custom:"30d"}[e.range];return l`<section class="beginning" aria-labelledby="beginning">
    <h2 id="beginning">${t?`No ${t}`:"Nothing"} in this period${n&&" that meets these filters"}</h2>
    <p>
      The store holds ${t?`${t}s`:"records"}, but none that began in it${n&&" and meet them all"}.
    </p>
    <p class="ways">
      ${r&&l`<a class="button" href=${b(e,{range:r})}>Show ${ge[r].toLowerCase()}</a>`}
      ${n&&l`<a class="button" href=${b(e,{filters:{}})}>Remove the filters</a>`}
      ${!r&&!n&&l`<span>Choose an earlier period: <em>Custom</em> above.</span>`}
    </p>
  </section>`}function K({text:e,what:t="command"}){return l`<span class="command"><code>${e}</code><${bt} text=${e} what=${t} /></span>`}function bt({text:e,what:t}){let[n,r]=y("");return l`<button type="button" class="quiet" onClick=${async()=>{r(await Jr(e)?"Copied":"Press Ctrl+C"),setTimeout(()=>r(""),2500)}} aria-label=${`Copy the ${t}`}>
    <span aria-live="polite">${n||"Copy"}</span>
  </button>`}async function Jr(e){try{return await navigator.clipboard.writeText(e),!0}catch{return!1}}var zr={estimate:["est.","An estimate: worked out from what is like it."],counterfactual:["if","Counterfactual: what did not happen."]};function I({column:e}){let[t,n]=zr[e.figures]??[];return l`${e.heading}${t&&l`${" "}<abbr class="mark" title=${n}>${t}</abbr>`}`}function H({view:e,panel:t,column:n,row:r,decimals:s}){let o=J(n,r,s),a=Qr(e,t,n,r);return a?l`<a href=${a} title=${o}>${gn(n)?o.slice(0,8):o}</a>`:Kr(e,t,n)?l`<${Gr} view=${e} id=${r.name} />`:n.unit==="money"&&o==="unpriced"?l`<${Vr} view=${e} />`:n.name==="level"?l`<span class=${`level ${o}`}>${o}</span>`:n.name==="used"&&r.used!==null?l`${o}<${Yr} part=${r.used} level=${r.level} />`:n.unit==="money"&&r[n.name]!==null?l`<${Zr} text=${o} exact=${r[n.name]} />`:E(n)?o:l`<span class=${o===j||o==="(none)"?"faint":""} title=${o}>${o}</span>`}var gn=e=>e.name==="last_trace",Kr=({state:e},t,n)=>e.board==="jobs"&&t.name==="dearest"&&n.name==="name";function Gr({view:e,id:t}){let[n,r]=y(""),{state:s,go:o,period:a}=e;return l`<button type="button" class="link" onClick=${async()=>{r("\u2026");try{let{traces:c}=await M("api/traces",{job_id:t,...a},{order:-1});c.length?(o(b(s,{board:"trace",filters:{trace:c}})),ve("waterfall")):r("no call or route of it in this period")}catch(c){r(c.message)}}} title=${`What happened in ${t}`}>${t}</button>
    <small class="before" role="status">${n}</small>`}function Vr({view:e}){return l`<a class="unpriced" href=${b(e.state,{board:"models"},"unpriced")}>unpriced</a>`}function Zr({text:e,exact:t}){let n=e.endsWith("+?")&&l`<span class="at-least">+?</span>`;return l`<span title=${t}>${e.replace("+?","")}</span>${n}`}function Yr({part:e,level:t}){return l`<span class="meter"><span class=${t} style=${{width:`${Math.min(100,100*e)}%`}}></span></span>`}function Qr(e,t,n,r){let{state:s}=e,o=r[n.name];if(gn(n)&&o)return bn(s,o);if(n.name!=="name"||!t.drill||o===null||o===void 0)return"";if(t.drill==="trace")return bn(s,o);let a=s.filters[t.drill]??[];return t.drill_board===s.board&&a.length===1&&a[0]===String(o)?b(s,{board:"trace"}):b(s,{board:t.drill_board,filters:ye(s.filters,t.drill,[String(o)])})}var bn=(e,t)=>b(e,{board:"trace",filters:{trace:[t]}});function ue({column:e,row:t,decimals:n,isBrief:r}){if(!("before"in t)||!t.before||!E(e))return null;let s={...t,...t.before},o=J(e,s,n),a=e.unit==="share"?null:un(t[e.name],s[e.name]);return r&&a===null?null:l`<small class="before" title=${`${o} in the period before`}>
    ${!r&&l`${o} `}${a!==null&&l`<span class="delta">${Xr(a)}</span>`}
  </small>`}var Je=e=>e.before===null,Xr=e=>e<9?$t(e):`\xD7${L(Math.round(e+1))}`;var eo=8,to=2,no=2;function yn({view:e,panel:t,answer:n}){let r=Ue(n),s=co(r),o=ro(t,n),a={view:e,panel:t,...o,decimals:z(o.numbers,r),largest:lo(r,t)};return l`<table class="bars">
      <thead>
        <tr>
          <th scope="col">${o.names.map(({heading:i})=>i).join(", ")}</th>
          ${o.numbers.map(i=>l`<th key=${i.name} scope="col" class="number"><${I} column=${i} /></th>`)}
        </tr>
      </thead>
      <tbody>
        ${s.map((i,c)=>l`
            ${uo(s,c)&&l`<${ao} row=${i} width=${o.numbers.length+1} />`}
            <${oo} key=${c} row=${i} ...${a} />
          `)}
      </tbody>
    </table>
    ${s.length<r.length&&l`<${io} view=${e} panel=${t} answer=${n} />`}`}function ro(e,t){let n=t.columns.find(({name:o})=>o===e.value),r=t.columns.filter(o=>E(o)&&o!==n);return{names:t.columns.filter(o=>!E(o)).slice(0,no),numbers:[n,...r.slice(0,to)]}}function oo({view:e,panel:t,row:n,names:r,numbers:s,decimals:o,largest:a}){let i=c=>({column:c,row:n,decimals:o[c.name]});return l`<tr>
    <th scope="row">
      <span class="names">
        ${r.map((c,p)=>l`<span key=${c.name} class=${p?"second":"first"}>
            <${H} view=${e} panel=${t} ...${i(c)} />
          </span>`)}
        ${Je(n)&&l`<small class="new">new</small>`}
      </span>
      <${so} amount=${n[t.value]} largest=${a.get(n.currency)} />
    </th>
    ${s.map(c=>l`<td key=${c.name} class="number">
        <${H} view=${e} panel=${t} ...${i(c)} />
        <${ue} ...${i(c)} isBrief=${!0} />
      </td>`)}
  </tr>`}function so({amount:e,largest:t}){let n=Number(e??0),r=n&&t?Math.max(1,100*Math.abs(n)/t):0;return l`<span class=${`bar ${n<0?"below":""}`} style=${{width:`${r}%`}}></span>`}function ao({row:e,width:t}){return l`<tr class="group">
    <th colspan=${t} scope="rowgroup">${e.currency??"No currency"}</th>
  </tr>`}function io({view:e,panel:t,answer:n}){let r=b(e.state,{tables:[...e.state.tables,t.name]},t.name);return l`<a class="quiet more" href=${r}>All ${n.rows.length}${n.has_more?"+":""} rows</a>`}function lo(e,t){let n=new Map;for(let r of e){let s=Math.abs(Number(r[t.value]??0));n.set(r.currency,Math.max(n.get(r.currency)??0,s))}return n}function co(e){let t=P(e),n=Math.max(3,Math.ceil(eo/Math.max(1,t.length)));return t.flatMap(r=>e.filter(s=>(s.currency??null)===r).slice(0,n))}function uo(e,t){return P(e).length>1&&(t===0||e[t-1].currency!==e[t].currency)}var fo,po=()=>fo??=import("./vendor/echarts.js");function ze({label:e,height:t,optionOf:n,changes:r}){let[s,o]=Ie(),a=N(null),[i,c]=y(0);return k(()=>ho(()=>c(p=>p+1)),[]),k(()=>{if(!o)return;let p=!0;return po().then(({init:f})=>{!p||!s.current||(a.current??=mo(f,s.current),a.current.setOption(n($o(s.current)),{notMerge:!0}))}),()=>{p=!1}},[o,i,r]),k(()=>{let p=new ResizeObserver(()=>a.current?.resize());return p.observe(s.current),()=>{p.disconnect(),a.current?.dispose()}},[]),l`<div class="chart" ref=${s} role="img" aria-label=${e} style=${{height:`${t}px`}}></div>`}function mo(e,t){let n=e(t,null,{renderer:"canvas"});return n.on("finished",()=>t.setAttribute("data-drawn","true")),n}function ho(e){let t=matchMedia("(prefers-color-scheme: dark)");t.addEventListener("change",e);let n=new MutationObserver(e);return n.observe(document.documentElement,{attributeFilter:["data-theme"]}),()=>{t.removeEventListener("change",e),n.disconnect()}}var vn=["text","faint","line","card","series-1","series-2","series-3","series-4","series-5","series-6"];function $o(e){let t=e.ownerDocument.createElement("span");e.append(t);let n={};for(let a of vn)t.style.color=`var(--${a})`,n[a]=getComputedStyle(t).color;let{fontFamily:r}=getComputedStyle(e);t.remove();let s=vn.filter(a=>a.startsWith("series")).map(a=>n[a]),o=matchMedia("(prefers-reduced-motion: reduce)").matches;return{...n,series:s,fontFamily:r,animation:!o}}function Ke(e){return{animation:e.animation,animationDuration:250,color:e.series,textStyle:{fontFamily:e.fontFamily,color:e.faint,fontSize:12},tooltip:{renderMode:"richText",confine:!0,backgroundColor:e.card,borderColor:e.line,textStyle:{color:e.text,fontSize:12}}}}var Ge=["requested_model","selected_model","served_model"],_o=40,wn=32;function kn({panel:e,answer:t}){let{nodes:n,links:r}=bo(t.rows,e.value),s=Ge.map(i=>t.columns.find(({name:c})=>c===i)?.heading??i),o=Math.max(...Ge.map((i,c)=>n.filter(({depth:p})=>p===c).length)),a=`${s.join(", ")}: ${r.slice(0,10).map(i=>`${G(i.source)} to ${G(i.target)} ${i.value}`).join("; ")}`;return l`<div class="stages" aria-hidden="true">${s.map(i=>l`<span>${i}</span>`)}</div>
    <${ze} height=${Math.max(160,44*o)} label=${a} changes=${t} optionOf=${i=>yo(n,r,i)} />`}function bo(e,t){let n=new Map;for(let o of e)for(let a of[0,1]){let[i,c]=[`${a}:${o[Ge[a]]??""}`,`${a+1}:${o[Ge[a+1]]??""}`],p=JSON.stringify([i,c]),f=n.get(p)??{source:i,target:c,value:0};n.set(p,{...f,value:f.value+o[t]})}let r=[...n.values()].sort((o,a)=>a.value-o.value).slice(0,_o);return{nodes:[...new Set(r.flatMap(({source:o,target:a})=>[o,a]))].map(o=>({name:o,depth:Number(o[0])})),links:r}}var G=e=>e.slice(2)||"(not said)",go=e=>{let t=[...G(e)];return t.length>wn?`${t.slice(0,wn-1).join("")}\u2026`:t.join("")};function yo(e,t,n){let r=[...new Set(e.map(({name:a})=>G(a)))],s=a=>n.series[r.indexOf(G(a))%n.series.length],o=Ke(n);return{...o,tooltip:{...o.tooltip,formatter:({dataType:a,data:i,name:c,value:p})=>a==="edge"?`${G(i.source)} \u2192 ${G(i.target)}
${L(i.value)} calls`:`${G(c)}
${L(p)} calls`},series:[{type:"sankey",left:4,right:4,top:8,bottom:8,nodeWidth:10,nodeGap:12,draggable:!1,emphasis:{focus:"adjacency"},data:e.map(a=>({...a,itemStyle:{color:s(a.name),borderWidth:0},label:{position:a.depth===2?"left":"right"}})),links:t,label:{color:n.text,fontSize:12,formatter:({name:a,value:i})=>`${go(a)}  ${L(i)}`},lineStyle:{color:"gradient",opacity:.28,curveness:.5}}]}}function xn({view:e,panel:t,answer:n}){let r=n.columns.find(({name:i})=>i===t.value)??n.columns[0],s=n.columns.filter(i=>i!==r),o=z(n.columns,n.rows),a=(i,c)=>l`<${H} view=${e} panel=${t} column=${i} row=${c} decimals=${o[i.name]} />
    <${ue} column=${i} row=${c} decimals=${o[i.name]} />`;return n.rows.map((i,c)=>l`<dl class="figures" key=${c}>
      <div class="large"><dt><${I} column=${r} /></dt><dd>${a(r,i)}</dd></div>
      ${s.map(p=>l`<div key=${p.name}>
          <dt><${I} column=${p} /></dt>
          <dd>${a(p,i)}</dd>
        </div>`)}
    </dl>`)}var vo=864e5,gt=36e5,wo=72;function Sn({panel:e,answer:t}){let n=ko(t),r=P(t.rows),s=r.map(i=>{let c=t.rows.filter(p=>(p.currency??null)===i);return l`<${ze}
      key=${i}
      height=${r.length>1?160:220}
      label=${xo(e,c,i)}
      changes=${t}
      optionOf=${p=>So(e,t,n,c,p)}
    />`});if(!t.compared_with)return s;let[o,a]=[t.compared_with.since,t.compared_with.until].map(i=>i.slice(0,16).replace("T"," "));return l`${s}<p class="hint">Dashed: the period before, ${o} to ${a} UTC.</p>`}function ko(e){let[t,n]=[Date.parse(e.since),Date.parse(e.until)],r=n-t<=wo*gt?gt:vo,s=[];for(let o=Math.floor(t/r)*r;o<n;o+=r)s.push(new Date(o).toISOString().slice(0,16).replace("T"," "));return s.length<=5e3?s:e.rows.map(({time:o})=>o)}function xo(e,t,n){let r=t.filter(a=>a[e.value]!==null);if(!r.length)return`${e.title}: ${t.length} steps, none of them priced`;let s=r.reduce((a,i)=>Number(i[e.value])>Number(a[e.value])?i:a),o=F(s[e.value],n,re([s[e.value]]));return`${e.title}: ${t.length} steps from ${t[0].time} to ${t.at(-1).time} UTC, most at ${s.time}: ${o}`}function So(e,t,n,r,s){let o=new Map(r.map(m=>[m.time,m])),a=m=>o.get(m),i=Oo(t,n,r),c=t.columns.find(({name:m})=>m===e.value),p=re(r.map(m=>m[e.value])),f=n.every(m=>m.endsWith("00:00")),_=Ke(s);return{..._,grid:{left:8,right:8,top:12,bottom:4,containLabel:!0},tooltip:{..._.tooltip,trigger:"axis",axisPointer:{type:"shadow"},formatter:([{dataIndex:m}])=>u(n[m])},xAxis:{type:"category",data:n,axisTick:{show:!1},axisLine:{lineStyle:{color:s.line}},axisLabel:{color:s.faint,hideOverlap:!0,formatter:m=>f?m.slice(5,10):m.slice(11)}},yAxis:{type:"value",splitNumber:4,splitLine:{lineStyle:{color:s.line}},axisLabel:{color:s.faint,formatter:m=>To(m,r[0]?.currency)}},series:[{type:"bar",barMaxWidth:28,itemStyle:{color:s.series[0],borderRadius:[2,2,0,0]},data:d(a)},...t.compared_with?[{type:"line",step:"middle",symbol:"circle",symbolSize:5,itemStyle:{color:s.series[1]},lineStyle:{color:s.series[1],width:1.5,type:"dashed"},data:d(i)}]:[]]};function d(m){return n.map($=>{let h=m($)?.[e.value]??null;return h===null?null:Number(h)})}function u(m){let $=o.get(m),h=t.compared_with?`
Before ${i(m)?J(c,i(m),p):"no calls"}`:"";return $?`${m} UTC
${c.heading} ${J(c,$,p)}
Calls ${L($.requests)}${h}`:`${m} UTC
no calls${h}`}}function Oo(e,t,n){let r=new Map(n.filter(a=>a.before).map(a=>[a.time,{...a,...a.before}])),s=Date.parse(`${t[1]??t[0]}Z`)-Date.parse(`${t[0]}Z`)||gt,o=Math.floor((Date.parse(e.until)-Date.parse(e.since))/s)*s;for(let a of e.gone??[]){if((a.currency??null)!==(n[0].currency??null))continue;let i=new Date(Date.parse(`${a.time}Z`)+o).toISOString().slice(0,16).replace("T"," ");r.set(i,a)}return a=>r.get(a)}function To(e,t){let n=String(Number(e.toPrecision(6))),r=Math.max(1,(n.split(".")[1]??"").length),s=F(n,t,r);return n.includes(".")?s:s.replace(/\.0$/,"")}var yt={job:0,route:1,decision:2,attempt:2,charge:2};function On({view:e,panel:t,answer:n}){return[...new Set(n.rows.map(({name:s})=>s))].map(s=>{let o=n.rows.filter(({name:a})=>a===s);return l`<div class="trace" key=${s}>
      <p class="trace-id"><span>Trace</span> <code>${s}</code></p>
      <${No} view=${e} panel=${t} answer=${n} rows=${o} />
    </div>`})}function No({view:e,panel:t,answer:n,rows:r}){let s=n.columns.filter(({name:a})=>!["name","kind","label"].includes(a)),o={view:e,panel:t,columns:s,whole:Math.max(...r.map(Nn),1e-9),decimals:z(s,n.rows)};return l`<div class="scroll" role="region" tabindex="0" aria-label="Records of the trace">
    <table class="waterfall">
      <thead>
        <tr>
          <th scope="col">Record</th>
          <th scope="col">When</th>
          ${s.map(a=>l`<th key=${a.name} scope="col" class=${Tn(a)}><${I} column=${a} /></th>`)}
        </tr>
      </thead>
      <tbody>
        ${Ao(r).map(a=>l`<${Eo} key=${a.row.span} ...${a} ...${o} />`)}
      </tbody>
    </table>
  </div>`}function Eo({row:e,depth:t,below:n,columns:r,...s}){let{kind:o}=e,a=`${o} ${e.label}, level ${t+1}`;return l`<tr data-kind=${o}>
    <th scope="row" style=${{paddingInlineStart:`${.75+t*1.1}rem`}} aria-label=${a}>
      <span class="kind">${o}</span> ${e.label||"(none)"}
    </th>
    <td class="when" aria-hidden="true">
      <span class=${`span ${o} ${Ro(e)?"failed":""}`} style=${Mo(e,s.whole)}></span>
    </td>
    ${r.map(i=>{let c={column:i,decimals:s.decimals[i.name]},p=i.unit==="money"&&n.length;return l`<td key=${i.name} class=${Tn(i)}>
        ${p?l`<${Co} rows=${n} ...${c} />`:l`<${H} view=${s.view} panel=${s.panel} row=${e} ...${c} />`}
      </td>`})}
  </tr>`}function Co({rows:e,column:{name:t},decimals:n}){let r=e.filter(o=>o[t]!==null),s=e.some(we)?l`<span class="at-least">+?</span>`:"";return r.length?P(r).map(o=>{let a=r.filter(i=>(i.currency??null)===o).map(i=>i[t]);return l`<span class="sum" title="The sum of what is below">${F(cn(a),o,n)}</span>${s}`}):l`-${s}`}var Tn=({unit:e})=>e==="text"||e==="time"?"text":"number",Nn=e=>e.start_s+e.duration_s,Ro=e=>["failed","error","failure"].includes(e.outcome);function Mo(e,t){let n=Math.min(99,100*e.start_s/t);return{insetInlineStart:`${n}%`,width:`${Math.max(.6,Math.min(100-n,100*e.duration_s/t))}%`}}function Ao(e){let t=[],n=[];for(let r of e){let s={row:r,below:[]};(t.findLast(a=>Po(a.row,r))?.below??n).push(s),yt[r.kind]<2&&t.push(s)}return En(n,0)}function En(e,t){return e.flatMap(({row:n,below:r})=>{let s=En(r,t+1);return[{row:n,depth:t,below:s.map(o=>o.row)},...s]})}var Lo=1e-6;function Po(e,t){return yt[e.kind]<yt[t.kind]&&(e.kind==="job"||e.label===t.label)&&Nn(e)+Lo>=t.start_s}var qo={tenant:"customer",attempt:"attempt reason"},fe=e=>qo[e]??e,Do=50;function Cn({view:e,names:t}){let{state:n}=e,r=Object.entries(n.filters);return l`<div class="filters" role="group" aria-label="Filters">
    ${r.map(([s,o])=>l`<${jo} key=${s} view=${e} name=${s} values=${o} />`)}
    <${Fo} view=${e} names=${t} />
    ${r.length>1&&l`<a class="quiet" href=${b(n,{filters:{}})}>Remove all</a>`}
  </div>`}function jo({view:e,name:t,values:n}){let{state:r}=e,s=n.map(o=>o||"(none)").join(" or ");return l`<span class="chip">
    <span><b>${fe(t)}</b> ${s}</span>
    <a
      href=${b(r,{filters:ye(r.filters,t,[])})}
      aria-label=${`Remove the filter ${fe(t)} ${s}`}
      >×</a
    >
  </span>`}function Fo({view:e,names:t}){let[n,r]=y(!1),[s,o]=y(t[0]),a=N(null),i=N(null);return He(a,n,c=>{r(!1),c&&i.current.focus()}),l`<span class="opener" ref=${a}>
    <button
      type="button"
      class="adder"
      ref=${i}
      aria-expanded=${n?"true":"false"}
      onClick=${()=>r(!n)}
    >+ Filter</button>
    ${n&&l`<div class="sheet picker" role="group" aria-label="Choose a filter">
      <label for="filter-name">By</label>
      <select id="filter-name" value=${s} onChange=${c=>o(c.target.value)}>
        ${t.map(c=>l`<option value=${c}>${fe(c)}</option>`)}
      </select>
      <${Io} key=${s} view=${e} name=${s} />
    </div>`}
  </span>`}function Io({view:e,name:t}){let{state:n,go:r,period:s,generation:o}=e,[a,i]=y(""),c=Uo(a),p={filter:t,since:s.since,until:s.until,limit:Do,...c?{contains:c}:{}},{answer:f,error:_}=A("api/values",p,{generation:o,order:-1}),d=n.filters[t]??[],u=h=>r(b(n,{filters:ye(n.filters,t,h)})),m=h=>{h.preventDefault(),a&&!d.includes(a)&&u([...d,a]),i("")},$=f?.values??[];return l`<form onSubmit=${m}>
      <label class="unseen" for="filter-text">Find, or type a value</label>
      <input
        id="filter-text"
        type="search"
        autocomplete="off"
        placeholder="Find, or type a value and press Enter"
        value=${a}
        onInput=${h=>i(h.target.value)}
      />
    </form>
    <ul class="values" aria-label=${`Values of ${fe(t)}`}>
      ${[...d.filter(h=>!$.includes(h)),...$].map(h=>l`<li key=${h}><label>
          <input
            type="checkbox"
            checked=${d.includes(h)}
            onChange=${v=>u(v.target.checked?[...d,h]:d.filter(g=>g!==h))}
          />
          <span>${h||"(none)"}</span>
        </label></li>`)}
    </ul>
    <p class="hint" aria-live="polite">${Ho(f,_,a)}</p>`}function Ho(e,t,n){return t?t.message:e?e.has_more?"There are more: type to find them.":e.values.length?"":n?"Not seen in this period. Enter takes it anyway.":"None seen in this period.":"Looking \u2026"}function Uo(e){let[t,n]=y(e);return k(()=>{let r=setTimeout(()=>n(e),200);return()=>clearTimeout(r)},[e]),t}function pe(e,t,n,r){let{since:s,until:o}=e.period;return{board:t.name,panel:n.name,since:s,until:o,filters:e.state.filters,limit:r}}function Rn(e,t){let n=e.state.sorts[t.name];return n?{name:n.replace(/^-/,""),isDown:n.startsWith("-")}:null}function Mn(e,t,n){let r=t.find(({name:i})=>i===n?.name);if(!r)return e;let s=n.isDown?-1:1,o=(i,c)=>{let[p,f]=[i[r.name]??null,c[r.name]??null];return p===null||f===null?(p===null)-(f===null):s*Bo(r,p,f)};return P(e).flatMap(i=>e.filter(c=>(c.currency??null)===i).sort(o))}function Bo(e,t,n){if(e.unit==="money"){let r=C(t)-C(n);return r<0n?-1:+(r>0n)}return E(e)?t-n:String(t).localeCompare(String(n))}function An({view:e,panel:t,column:n,order:r}){let s=r?.name===n.name,o=E(n),a=s?r.isDown===o?(o?"":"-")+n.name:"":(o?"-":"")+n.name,{[t.name]:i,...c}=e.state.sorts,p=a?{...c,[t.name]:a}:c;return l`<th
    scope="col"
    class=${E(n)?"number":"text"}
    aria-sort=${s?r.isDown?"descending":"ascending":void 0}
  >
    <a class="sorts" data-stays href=${b(e.state,{sorts:p},t.name)}><${I} column=${n} /></a>
  </th>`}var Ln=12,vt=3;function Pn({view:e,panel:t,answer:n}){let[r,s]=y(!1),o=Rn(e,t),a=Mn(Ue(n),n.columns,o),i=n.gone??[],{columns:c}=n,p={view:e,panel:t,columns:c,decimals:z(c,a),setsPrices:wt(n)};return l`
    <div class="scroll" role="region" tabindex="0" aria-label=${`${t.title}, table`}>
      <table>
        <thead>
          <tr>
            ${c.map(f=>l`<${An} key=${f.name} view=${e} panel=${t} column=${f} order=${o} />`)}
          </tr>
        </thead>
        <tbody>
          ${a.slice(0,r?a.length:Ln).map((f,_)=>l`<${Wo} key=${_} row=${f} ...${p} />`)}
          ${i.slice(0,r?i.length:vt).map(f=>l`<${Ko} row=${f} ...${p} />`)}
        </tbody>
      </table>
    </div>
    ${!r&&l`<${Jo} rows=${a.length} gone=${i.length} show=${()=>s(!0)} />`}
  `}function Wo({view:e,panel:t,columns:n,row:r,decimals:s,setsPrices:o}){let a=p=>l`
    <${H} view=${e} panel=${t} column=${p} row=${r} decimals=${s[p.name]} />
    <${ue} column=${p} row=${r} decimals=${s[p.name]} />
  `,[i,...c]=n;return l`<tr class=${o?"above":void 0}>
    ${E(i)?l`<td class="number">${a(i)}</td>`:l`<th scope="row">${a(i)}${Je(r)&&l`${" "}<small class="new">new</small>`}</th>`}
    ${c.map(p=>l`<td key=${p.name} class=${zo(p)}>${a(p)}</td>`)}
  </tr>
  ${o&&l`<${Go} row=${r} width=${n.length} />`}`}function Jo({rows:e,gone:t,show:n}){return e<=Ln&&t<=vt?null:l`<button type="button" class="quiet more" onClick=${n}>
    Show all ${e} rows${t>vt&&`, and ${t} no longer there`}
  </button>`}var wt=e=>e.board==="models"&&e.panel==="unpriced",zo=e=>E(e)?"number":"text";function Ko({columns:e,row:t,decimals:n}){return l`<tr class="gone">
    ${e.map((r,s)=>{let o=J(r,t,n[r.name]);return E(r)?l`<td class="number"><small class="before">${o}</small></td>`:s===0?l`<th scope="row">${o}${" "}<small class="new">no longer there</small></th>`:l`<td class="text">${o}</td>`})}
  </tr>`}function Go({row:e,width:t}){let n=ce();return l`<tr class="typed">
    <td colspan=${t}>${n&&l`<${K} text=${mn(n,e)} />`}</td>
  </tr>`}async function qn(e){let t=JSON.parse(await Fe("api/panel",e),Vo),n=t.columns.map(({name:s})=>s),r=[...new Set([...n,...Object.keys(t.rows[0]??{})])];xe(kt(r,t.rows.map(s=>r.map(o=>s[o]))),jn(e,"csv"),"text/csv")}async function Dn(e){xe(await Fe("api/panel",e),jn(e,"json"),"application/json")}var jn=({board:e,panel:t,since:n,until:r},s)=>`${e}-${t}-${n.slice(0,10)}-${r.slice(0,10)}.${s}`,Vo=(e,t,n)=>typeof t=="number"?n?.source??String(t):t;function kt(e,t){return[e,...t].map(n=>`${n.map(Zo).join(",")}
`).join("")}function Zo(e){if(e==null)return"";let t=typeof e=="object"?JSON.stringify(e):String(e);return/[",\r\n]/.test(t)?`"${t.replaceAll('"','""')}"`:t}function xe(e,t,n){let r=document.createElement("a");r.href=URL.createObjectURL(new Blob([e],{type:n})),r.download=t,r.click(),setTimeout(()=>URL.revokeObjectURL(r.href),1e4)}function Fn({view:e,title:t,sql:n,question:r,close:s}){let o=N(null),[a,i]=y("");k(()=>{o.current.showModal();let f=new AbortController;return M("api/panel/sql",r,{signal:f.signal,order:-1}).then(_=>i(_.statement),()=>{}),()=>f.abort()},[]);let c=a||n,p=b(e.state,{board:"sql",sql:a});return l`<dialog ref=${o} class="sql" aria-labelledby="sql-title" onClose=${s}>
    <header>
      <h2 id="sql-title">SQL of ${t}</h2>
      <button type="button" class="quiet" onClick=${()=>o.current.close()}>Close</button>
    </header>
    <pre tabindex="0" aria-label="Statement">${c}</pre>
    <footer>
      <${bt} text=${c} what="statement" />
      ${a&&l`<a class="button" href=${p}>Open in the SQL page</a>`}
    </footer>
  </dialog>`}function Hn({view:e,board:t,panel:n,isTable:r,rows:s}){let o=pe(e,t,n,1e4),a={title:n.title,question:o,isOff:!s};return l`<div class="tools">
    ${n.chart!=="table"&&l`<${Yo} view=${e} panel=${n} isTable=${r} />`}
    <${Qo} view=${e} panel=${n} question=${o} />
    <${In} kind="CSV" save=${qn} ...${a} />
    <${In} kind="JSON" save=${Dn} ...${a} />
  </div>`}function Yo({view:e,panel:t,isTable:n}){let r=e.state.tables.filter(i=>i!==t.name),s=b(e.state,{tables:n?r:[...r,t.name]},t.name),o=n?"Chart":"Table",a=`${t.title}: show as ${o.toLowerCase()}`;return l`<a class="quiet" data-stays href=${s} aria-label=${a}>${o}</a>`}function Qo({view:e,panel:t,question:n}){let[r,s]=y(!1),o=N(null),a=()=>{s(!1),o.current?.focus()};return l`<button
      type="button"
      class="quiet"
      ref=${o}
      onClick=${()=>s(!0)}
      aria-label=${`${t.title}: SQL`}
    >
      SQL
    </button>
    ${r&&l`<${Fn} view=${e} title=${t.title} sql=${t.sql} question=${n} close=${a} />`}`}function In({kind:e,save:t,title:n,question:r,isOff:s}){let[o,a]=y(null);return l`<button
      type="button"
      class="quiet"
      disabled=${s}
      onClick=${()=>t(r).then(()=>a(null),a)}
      aria-label=${`${n}: save as ${e}`}
    >
      ${e}
    </button>
    ${o&&l`<span class="not-saved" role="alert">Not saved: ${o.message}</span>`}`}var Xo={bars:yn,flow:kn,numbers:xn,time:Sn,waterfall:On},es=500,ts=new Set(["flow","waterfall"]);function ns(e,t){let n=t.columns.some(({name:r})=>r==="spend_before");return e.state.compare&&t.period==="range"&&!n&&!ts.has(t.chart)}function Bn({view:e,board:t,panel:n,room:r,order:s,told:o,isHidden:a}){let[i,c]=Ie(s<4),p=n.chart==="waterfall"&&!e.state.filters.trace,f=n.chart==="time"||n.chart==="waterfall"?1e4:es,_={...pe(e,t,n,f),...ns(e,n)?{compare:!0}:{}},d=A("api/panel",_,{generation:e.generation,order:s,isWanted:c&&!p});k(()=>{d.answer&&!d.isOld&&o(n.name,d.answer.rows.filter(Ve).length)},[d.answer,d.isOld]);let u=n.chart==="table"||e.state.tables.includes(n.name),m=`panel-${n.name}`;return l`<section
    class=${`panel ${u?"wide":r}`}
    id=${n.name}
    hidden=${a}
    ref=${i}
    tabindex="-1"
    aria-labelledby=${m}
    aria-busy=${d.isAsking?"true":"false"}
    data-panel=${`${t.name}/${n.name}`}
    data-old=${d.isOld?"true":void 0}
  >
    <header>
      <div><h2 id=${m}>${n.title}</h2><p>${n.about}</p></div>
      <${Hn} view=${e} board=${t} panel=${n} isTable=${u} rows=${d.answer?.rows.length??0} />
    </header>
    ${d.answer&&l`<${as} answer=${d.answer} />`}
    <div class="body">
      ${p?l`<p class="none">Choose a trace above, or open one from an error of a route.</p>`:l`<${rs} view=${e} board=${t} panel=${n} found=${d} isTable=${u} />`}
    </div>
  </section>`}var Ve=e=>e.records!==0;function rs({view:e,board:t,panel:n,found:r,isTable:s}){let{answer:o,error:a}=r;if(a)return l`<${q} error=${a} again=${e.refresh} />`;if(!o)return l`<div class="skeleton" role="status"><span class="unseen">Asking …</span></div>`;if(!o.rows.length&&!o.gone?.length)return l`<${ss} panel=${n} />`;let i=Xo[n.chart],c={view:e,board:t,panel:n,answer:o};return l`
    ${s||!i?l`<${Pn} ...${c} />`:l`<${i} ...${c} />`}
    <${is} view=${e} answer=${o} />
  `}var os={budgets:l`No budget yet. Name one in <code>llmroute.toml</code> under <code>[[budgets]]</code>.`,unpriced:"Every model that was used has a price.",experiments:l`None of these calls is of an experiment: <code>llmroute.bind(experiment="short_prompt", variant="b")</code> around
    a call says of which it is.`,response_cache:l`None of these calls looked into a cache of the application's own: <code>route.cache("hit")</code> or
    <code>route.cache("miss")</code> says that one did.`},ss=({panel:e})=>l`<p class="none">${os[e.name]??"No data"}</p>`;function as({answer:e}){let t=e.filters_not_taken;return t.length?l`<p class="not-taken" role="note">
    Not narrowed to ${t.map(fe).join(", ")}: these figures are not kept by that.
  </p>`:null}function is({view:e,answer:t}){let n=t.rows.some(we),r=wt(t),s=t.chart==="waterfall"||r?"":t.note;return!s&&!n&&!t.has_more&&!r?null:l`<footer>
    ${s&&l`<p>${s}</p>`} ${r&&l`<${ls} view=${e} />`}
    ${n&&l`<p><b>+?</b> At least this: <${cs} view=${e} rows=${t.rows} />.</p>`}
    ${t.has_more&&l`<p>There are more than these ${t.rows.length} rows: CSV and JSON have them.</p>`}
  </footer>`}function ls({view:e}){let t=ce();return t?l`<p>Put in the prices of a million tokens. Then this works out what the calls of this period cost:</p>
    <p><${K} text=${hn(t,e.period)} /></p>`:null}var Un={unpriced:"without a price",partly_priced:"priced in part",no_usage:"without a report of usage"};function cs({view:e,rows:t}){return Object.keys(Un).map(r=>[r,t.reduce((s,o)=>s+Number(o[r]??0),0)]).filter(([,r])=>r).map(([r,s],o)=>{let a=`${L(s)} ${Un[r]}`,i=b(e.state,{board:"models"},"unpriced");return l`${o?", ":""}${r==="unpriced"?l`<a href=${i}>${a}</a>`:a}`})}var us="spend";function Wn({view:e,board:t}){let n=JSON.stringify([e.period,e.state.filters]),[r,s]=y({asked:n,rows:{}}),o=r.asked===n?r.rows:{},a=($,h)=>s(v=>({asked:n,rows:{...v.asked===n?v.rows:{},[$]:h}})),i=_e(()=>ps(t.panels),[t]),c=i.filter(({panel:$})=>fs($)).map(({panel:$})=>$.name),p=c.filter($=>$ in o),f=c.slice(0,3).every($=>o[$]===0)&&p.every($=>o[$]===0),_=f?i.filter(({panel:$})=>$.name in o):i,d=_.filter(Oe),u=_.filter($=>!Oe($)),m=({panel:$,room:h},v)=>l`<${Bn}
      key=${$.name}
      view=${e}
      board=${t}
      panel=${$}
      room=${h}
      order=${v}
      told=${a}
      isHidden=${f&&!($.period==="month"&&o[$.name])}
    />`;return l`
    ${f&&l`<${ms} view=${e} board=${t} />`}
    <div class="panels">
      ${d.map(m)}
      ${t.name===us&&!f&&l`<${fn} view=${e} />`}
      ${u.map(($,h)=>m($,d.length+h))}
    </div>
  `}var fs=({period:e,chart:t})=>e==="range"&&t!=="waterfall";function ps(e){let t=e.filter(s=>Oe({panel:s})&&s.columns.length<=Jn).length,n=e.map(s=>({panel:s,room:ds(s,t)})).sort((s,o)=>Oe(o)-Oe(s)),r=[];for(;n.length;){let s=n.shift();if(r.push(s),s.room!=="half")continue;let o=n.findIndex(({room:a})=>a==="half");o>=0?r.push(...n.splice(o,1)):s.room="wide"}return r}var Oe=({panel:e})=>e.chart==="numbers",Jn=8;function ds({chart:e,columns:t},n){return e!=="numbers"?e==="bars"?"half":"wide":t.length>Jn||n===1?"wide":n===2?"half":"third"}var zn={since:"1970-01-01T00:00:00Z",until:"2105-01-01T00:00:00Z",limit:1};function ms({view:e,board:t}){let n={filter:"service",...zn},{answer:r,error:s}=A("api/values",n,{generation:e.generation,order:-1});return!r&&!s?null:r&&!r.values.length?l`<${$n} />`:t.name==="jobs"?l`<${hs} view=${e} />`:l`<${We} state=${e.state} />`}function hs({view:e}){let{since:t,until:n}=e.period,r={board:"data",panel:"coverage",since:t,until:n,filters:e.state.filters,limit:1},s=A("api/panel",r,{generation:e.generation,order:-1}),o={board:"jobs",panel:"all",filters:{},...zn},a=A("api/panel",o,{generation:e.generation,order:-1});return[s,a].some(({answer:i,error:c})=>!i&&!c)?null:s.answer?.rows.some(Ve)?a.answer&&!a.answer.rows.some(Ve)?l`<${_n} />`:l`<${We} state=${e.state} what="job" />`:l`<${We} state=${e.state} />`}function Vn({view:e,filters:t,clock:n}){let{state:r,go:s}=e,o=()=>s(b(r,{compare:!r.compare}));return l`<section class="controls" aria-label="What is shown">
    <div class="row">
      <nav class="segments" aria-label="Period">
        ${Object.entries(ge).map(([a,i])=>l`<a
            href=${b(r,{range:a})}
            aria-current=${r.range===a?"true":void 0}
            title=${i}
            >${a==="month"?"Month":a}</a
          >`)}
        <${$s} view=${e} />
      </nav>
      <button type="button" class="toggle" aria-pressed=${r.compare?"true":"false"} onClick=${o}>
        Compare with the period before
      </button>
      <${Cn} view=${e} names=${t} />
      <${_s} view=${e} clock=${n} />
    </div>
  </section>`}function $s({view:e}){let{state:t,go:n,period:r}=e,[s,o]=y(!1),a=N(null),i=N(null);He(a,s,f=>{o(!1),f&&i.current.focus()});let c=f=>{f.preventDefault();let _=new FormData(f.target),[d,u]=[be(_.get("since")),be(_.get("until"))];!d||!u||d>=u||(n(b(t,{range:"custom",since:d,until:u})),o(!1),i.current.focus())},p=t.range==="custom"?`${Gn(t.since)} to ${Gn(t.until)}`:"Custom";return l`<span class="opener" ref=${a}>
    <button
      type="button"
      ref=${i}
      aria-expanded=${s?"true":"false"}
      aria-current=${t.range==="custom"?"true":void 0}
      onClick=${()=>o(!s)}
    >${p}</button>
    ${s&&l`<form class="sheet period" onSubmit=${c} aria-label="Custom period">
      <${Kn} title="From, UTC" name="since" value=${r.since} />
      <${Kn} title="To, UTC" name="until" value=${r.until} />
      <p class="hint">Figures are kept by the hour: a period is of whole hours.</p>
      <button type="submit" class="primary">Show it</button>
    </form>`}
  </span>`}var Kn=({title:e,name:t,value:n})=>l`<label>${e} <input type="datetime-local" name=${t} required step="3600" value=${n.slice(0,16)} /></label>`,Gn=e=>e.replace("T"," ");function _s({view:e,clock:t}){let{state:n,go:r,refresh:s}=e,o=i=>r(b(n,{refresh:Number(i.target.value)}),{replace:!0}),a=new Date(t.now).toISOString().slice(11,19);return l`<span class="refresh">
    <span class="quiet-text" aria-live="polite">As of ${a} UTC</span>
    <button type="button" class="quiet" onClick=${s}>Refresh</button>
    <label><span class="unseen">Refresh by itself</span>
      <select value=${String(n.refresh)} onChange=${o}>
        ${Object.entries(dt).map(([i,c])=>l`<option value=${i}>${i==="0"?"Auto: off":`Every ${c}`}</option>`)}
      </select>
    </label>
  </span>`}var xt=1e3;function Zn({found:e}){if(!e)return l`<div role="status"></div>`;if(e.isAsking)return l`<div class="panel" role="status">Asking …</div>`;if(e.error)return l`<div class="panel"><${q} error=${e.error} /></div>`;let{columns:t,rows:n}=e.answer;return l`<section class="panel" aria-labelledby="result">
    <header>
      <div>
        <h2 id="result">Result</h2>
        <p role="status">${n.length} ${n.length===1?"row":"rows"} in ${Math.round(e.ms)} ms</p>
      </div>
      <div class="tools">
        <button type="button" class="quiet" onClick=${()=>ys(t,n)}>CSV</button>
        <button type="button" class="quiet" onClick=${()=>vs(t,n)}>JSON</button>
      </div>
    </header>
    <div class="scroll" role="region" tabindex="0" aria-label="Rows">
      <table>
        <thead>
          <tr>
            ${t.map(({name:r,type:s})=>l`<th scope="col" class=${Yn(s)} title=${s}>${r}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${n.slice(0,xt).map(r=>l`<${bs} row=${r} columns=${t} />`)}
        </tbody>
      </table>
    </div>
    ${n.length>xt&&l`<p class="hint">Shown are the first ${xt}; CSV and JSON have all of them.</p>`}
  </section>`}var bs=({row:e,columns:t})=>l`<tr>
    ${e.map((n,r)=>l`<td class=${Yn(t[r].type)}>${gs(n)}</td>`)}
  </tr>`,Yn=e=>/^(Nullable\(|LowCardinality\()*(UInt|Int|Float|Decimal)/.test(e)?"number":"text";function gs(e){return e===null?"-":typeof e=="object"?JSON.stringify(e):String(e)}var Qn=e=>e.map(({name:t})=>t),ys=(e,t)=>xe(kt(Qn(e),t),"answer.csv","text/csv");function vs(e,t){let n=Qn(e),r=t.map(s=>Object.fromEntries(n.map((o,a)=>[o,s[a]])));xe(`${JSON.stringify(r,null,2)}
`,"answer.json","application/json")}var ws=`SELECT table, name, type, comment FROM system.columns
WHERE database = currentDatabase() ORDER BY table, position`,ks=/^(llm_(calls|routes|jobs|decisions|hourly|hourly_latency|hourly_tenants|prices|budgets)|data_health|otel_traces)$/;function er(){let[e,t]=y({tables:[],isAsking:!0});k(()=>{M("api/sql",{statement:ws}).then(({rows:s})=>t({tables:xs(s)}),s=>t({tables:[],error:s}))},[]);let n=e.tables.filter(({table:s})=>ks.test(s)),r=e.tables.filter(s=>!n.includes(s));return l`<section class="panel" aria-busy=${e.isAsking?"true":"false"}>
    <header><div><h2>Tables</h2><p>What each column means.</p></div></header>
    ${e.error&&l`<${q} error=${e.error} />`}
    ${n.map(s=>l`<${Xn} key=${s.table} ...${s} />`)}
    ${r.length>0&&l`<details>
        <summary>How it is kept</summary>
        ${r.map(s=>l`<${Xn} key=${s.table} ...${s} />`)}
      </details>`}
  </section>`}function xs(e){let t=new Map;for(let[n,r,s,o]of e)t.has(n)||t.set(n,{table:n,columns:[]}),t.get(n).columns.push({name:r,type:s,comment:o});return[...t.values()]}function Xn({table:e,columns:t}){return l`<details>
    <summary><code>${e}</code></summary>
    <dl class="columns">
      ${t.map(({name:n,type:r,comment:s})=>l`<div>
          <dt><code>${n}</code> <small>${r}</small></dt>
          ${s&&l`<dd>${s}</dd>`}
        </div>`)}
    </dl>
  </details>`}var tr=`SELECT route, currency, sum(cost) AS spend, count() AS records
FROM llm_calls
GROUP BY route, currency
ORDER BY spend DESC NULLS LAST`;function nr({view:e}){let{state:t,go:n,boards:r}=e,[s,o]=y(t.sql||tr),[a,i]=y(null),c=N(null),p=N(null);k(()=>o(t.sql||tr),[t.sql]),k(()=>()=>p.current?.abort(),[]);let f=async u=>{u?.preventDefault(),p.current?.abort(),p.current=new AbortController;let{signal:m}=p.current;s!==t.sql&&n(b(t,{sql:s}),{replace:!0}),i({isAsking:!0});let $=performance.now();try{let h=await M("api/sql",{statement:s},{signal:m,order:-1});i({answer:h,ms:performance.now()-$})}catch(h){m.aborted||i({error:h})}},_=u=>{u.key==="Enter"&&(u.ctrlKey||u.metaKey)&&f(u)},d=u=>{o(u),c.current.focus()};return l`<div class="sql-page">
    <div class="asking">
      <form onSubmit=${f} class="panel">
        <label for="statement">Statement</label>
        <textarea
          id="statement"
          ref=${c}
          rows=${Math.min(24,Math.max(8,s.split(`
`).length+1))}
          spellcheck=${!1}
          autocomplete="off"
          value=${s}
          onInput=${u=>o(u.target.value)}
          onKeyDown=${_}
        ></textarea>
        <div class="row">
          <button type="submit" class="primary">Run</button>
          <span class="hint">Ctrl+Enter. Reading only: the store refuses everything else.</span>
        </div>
      </form>
      <${Zn} found=${a} />
    </div>
    <aside aria-label="What there is to ask">
      <${Ss} view=${e} boards=${r} put=${d} />
      <${er} />
    </aside>
  </div>`}function Ss({view:e,boards:t,put:n}){let[r,s]=y(null),o=async(a,i)=>{try{n((await M("api/panel/sql",pe(e,a,i,1e4),{order:-1})).statement),s(null)}catch(c){s(c)}};return l`<section class="panel">
    <header><div><h2>Questions of the boards</h2><p>Each is put into the editor, with this period filled in.</p></div></header>
    ${r&&l`<${q} error=${r} />`}
    ${t.map(a=>l`<details key=${a.name}>
        <summary>${a.title}</summary>
        <ul class="choices">
          ${a.panels.map(i=>l`<li><button type="button" class="link" onClick=${()=>o(a,i)}>${i.about}</button></li>`)}
        </ul>
      </details>`)}
  </section>`}var Te={name:"sql",title:"SQL",about:"Ask the store yourself: read only."};function rr({boards:e,filters:t}){let[n,r]=sn(),[s,o]=an(n.board===Te.name?0:n.refresh),a=[...e,Te].find(({name:p})=>p===n.board)??e[0],i=en(n,s.now),c=_e(()=>({state:n,go:r,boards:e,period:i,generation:s.generation,refresh:o}),[n,e,i.since,i.until,s.generation]);return k(()=>{location.hash&&ve(location.hash.slice(1))},[]),k(()=>{document.title=`${a.title} \xB7 otel-llmroute`},[a.title]),k(()=>{document.documentElement.dataset.theme=n.theme},[n.theme]),l`
    <a class="skip" href="#board" onClick=${p=>Os(p)}>Skip to the board</a>
    <${Ts} boards=${[...e,Te]} shown=${a} state=${n} go=${r} />
    ${a!==Te&&l`<${Vn} view=${c} filters=${t} clock=${s} />`}
    <main id="board" tabindex="-1" data-board=${a.name}>
      <div class="opening"><h1>${a.title}</h1><p>${a.about}</p></div>
      ${a===Te?l`<${nr} key="sql" view=${c} />`:l`<${Wn} key=${a.name} view=${c} board=${a} />`}
    </main>
  `}function Os(e){e.preventDefault(),document.getElementById("board").focus()}function Ts({boards:e,shown:t,state:n,go:r}){let s=o=>r(b(n,{theme:o.target.value}),{replace:!0});return l`<header class="head">
    <a class="brand" href=${b(n,{board:"spend",filters:{}})}>
      <img src="static/icon.svg" alt="" width="22" height="22" /><span>otel-llmroute</span>
    </a>
    <nav aria-label="Boards">
      ${e.map(o=>l`<a
          key=${o.name}
          href=${b(n,{board:o.name})}
          aria-current=${o===t?"page":void 0}
          >${o.title}</a
        >`)}
    </nav>
    <label class="theme">
      <span class="unseen">Theme</span>
      <select value=${n.theme} onChange=${s}>
        ${Object.entries(mt).map(([o,a])=>l`<option value=${o}>${a}</option>`)}
      </select>
    </label>
  </header>`}var Ze=document.getElementById("page");try{let{boards:e,filters:t}=await M("api/boards");Ze.replaceChildren(),ut(l`<${rr} boards=${e} filters=${t} />`,Ze)}catch(e){Ze.replaceChildren(),ut(l`<main class="alone"><h1>The boards could not be opened</h1><${q} error=${e} /></main>`,Ze)}
